"""The caches that peers.py compares with, each as one would use it to look up an exact prompt.

Every class has store(prompt, answer) and look_up(prompt), which gives the text or None; one object
is shared by the threads of a process, as its own documentation does.
"""

import hashlib
import importlib.metadata
import os
import pickle
import warnings
from urllib.parse import urlsplit

# No peer may fetch anything while it is measured: LiteLLM would fetch its prices, GPTCache installs
# packages by itself.
os.environ.update(LITELLM_LOCAL_MODEL_COST_MAP="True", HF_HUB_OFFLINE="1", PIP_NO_INDEX="1")
os.environ.setdefault("LITELLM_MODE", "PRODUCTION")  # reads no .env file

import gptcache.utils  # noqa: E402


def _refuse_to_install(package, *_, **__):
    raise ModuleNotFoundError(f"GPTCache wants to install {package}")


gptcache.utils.prompt_install = _refuse_to_install

import gptcache  # noqa: E402
import gptcache.adapter.api  # noqa: E402
import litellm  # noqa: E402
import redis  # noqa: E402
from gptcache.manager.data_manager import MapDataManager  # noqa: E402
from gptcache.processor.pre import get_prompt  # noqa: E402
from langchain_community.cache import RedisCache  # noqa: E402
from langchain_core.outputs import Generation  # noqa: E402
from litellm.caching.caching import Cache as LiteLlmCache  # noqa: E402

warnings.filterwarnings("ignore")  # each import above adds filters of its own

TTL_SECONDS = 3600
MODEL = "bench-model"
MOST_ENTRIES = 1_000_000


def versions():
    """What is compared, in one line."""
    packages = ("gptcache", "langchain-community", "langchain-core", "litellm", "redis", "hiredis")
    return ", ".join(f"{package} {importlib.metadata.version(package)}" for package in packages)


class RedisMap:
    """A map on Redis for MapDataManager, whose parameter get_data_container takes one."""

    def __init__(self, url):
        self._url = url
        self._redis = redis.Redis.from_url(url)

    def __reduce__(self):
        return RedisMap, (self._url,)  # GPTCache writes its map to a file at its end

    @staticmethod
    def _key(prompt):
        return "gptcache:" + hashlib.sha256(prompt.encode()).hexdigest()

    def __setitem__(self, prompt, entry):
        self._redis.set(self._key(prompt), pickle.dumps(entry), ex=TTL_SECONDS)

    def __getitem__(self, prompt):
        entry = self._redis.get(self._key(prompt))
        if entry is None:
            raise KeyError(prompt)
        return pickle.loads(entry)


class GptCache:
    """GPTCache's exact mode: the prompt itself is the embedding, and a map the only store.

    Its own store on Redis can't be had on a plain server: it needs the modules RedisJSON and
    RediSearch, and a vector store beside it.
    """

    name = "gptcache"
    shared = True  # what one process stored is there for all

    def __init__(self, url, folder):
        self._cache = gptcache.Cache()
        path = os.path.join(folder, f"{self.name}_{os.getpid()}")
        self._cache.init(
            pre_embedding_func=get_prompt,
            data_manager=self._manager(url, path),
            config=gptcache.Config(auto_flush=MOST_ENTRIES),
        )

    def _manager(self, url, path):
        return MapDataManager(path, MOST_ENTRIES, get_data_container=lambda _size: RedisMap(url))

    def store(self, prompt, answer):
        gptcache.adapter.api.put(prompt, answer, cache_obj=self._cache)

    def look_up(self, prompt):
        return gptcache.adapter.api.get(prompt, cache_obj=self._cache)


class GptCacheInMemory(GptCache):
    """The same with the map that it has by itself, in the memory of the process."""

    name = "gptcache_map"
    shared = False

    def _manager(self, url, path):
        return MapDataManager(path, MOST_ENTRIES)


class LangChain:
    """RedisCache of langchain-community, asked as a language model of LangChain asks it."""

    name = "langchain"
    shared = True
    _model = f"[('model_name', '{MODEL}'), ('stop', None), ('temperature', 0.0)]"

    def __init__(self, url, _folder):
        self._cache = RedisCache(redis.Redis.from_url(url), ttl=TTL_SECONDS)

    def store(self, prompt, answer):
        self._cache.update(prompt, self._model, [Generation(text=answer)])

    def look_up(self, prompt):
        generations = self._cache.lookup(prompt, self._model)
        return generations[0].text if generations else None


class LiteLlm:
    """LiteLLM's Cache of type redis, asked as litellm.completion asks it."""

    name = "litellm"
    shared = True

    def __init__(self, url, _folder):
        server = urlsplit(url)
        self._cache = LiteLlmCache(
            type="redis", host=server.hostname, port=str(server.port), ttl=TTL_SECONDS
        )

    @staticmethod
    def _request(prompt):
        messages = [{"role": "user", "content": prompt}]
        return {"model": MODEL, "messages": messages, "temperature": 0.0}

    def store(self, prompt, answer):
        message = litellm.Message(role="assistant", content=answer)
        choice = litellm.Choices(message=message, finish_reason="stop")
        usage = litellm.Usage(prompt_tokens=250, completion_tokens=250, total_tokens=500)
        response = litellm.ModelResponse(model=MODEL, choices=[choice], usage=usage)
        self._cache.add_cache(response, **self._request(prompt))

    def look_up(self, prompt):
        response = self._cache.get_cache(**self._request(prompt))
        return response["choices"][0]["message"]["content"] if response else None


ON_REDIS = (GptCache, LangChain, LiteLlm)
IN_MEMORY = (GptCacheInMemory,)
