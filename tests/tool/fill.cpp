// Fills the store that the environment names.
//   fill COUNT            puts contents, and prints their ids
//   fill answers COUNT    stores so many answers, of the tenant acme, the user 1 and the tag tool
//   fill lookup COUNT     prints how many of these are given
#include <polystore/polystore.hpp>
#include <polystore/response_cache.hpp>

#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

namespace {

void put_contents(polystore::ContentStore& store, int count) {
  store.ensure_user(1, "Ada");
  for (int i = 0; i < count; ++i) {
    std::cout << store
                     .put({.title = "title " + std::to_string(i),
                           .model = "model",
                           .user_id = 1,
                           .output = polystore::Document::from_json(R"({"text": "hello"})"),
                           .tags = {"tool"}})
                     .to_string()
              << '\n';
  }
}

polystore::CacheKey key_of(int i) {
  return polystore::CacheKey::of({.tenant = polystore::Tenant::named("acme"),
                                  .model = "model",
                                  .prompt = "prompt " + std::to_string(i),
                                  .user_id = 1,
                                  .tags = {"tool"}});
}

void store_answers(polystore::ContentStore& store, int count) {
  for (int i = 0; i < count; ++i) store.cache().store_response(key_of(i), {.text = "hello"});
}

void look_up_answers(polystore::ContentStore& store, int count) {
  int found = 0;
  for (int i = 0; i < count; ++i) found += store.cache().lookup(key_of(i)) ? 1 : 0;
  std::cout << found << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::string_view what = argc == 3 ? argv[1] : "";
    const int count = argc > 1 ? std::atoi(argv[argc - 1]) : 0;
    // A busy machine is no response store that is down.
    auto store = polystore::ContentStore::open({.cache = {.budget = std::chrono::seconds(1)}});
    if (what == "answers") {
      store_answers(store, count);
    } else if (what == "lookup") {
      look_up_answers(store, count);
    } else {
      put_contents(store, count);
    }
    return count > 0 ? 0 : 2;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
