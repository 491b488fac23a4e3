#!/usr/bin/env python3
"""Checks that files and functions stay small.

    check_size.py <source tree>      checks include/, lib/, tools/, examples/, tests/ and bench/
    check_size.py --self-test        shows on samples that every limit can fail

A scan by braces, not a C++ parser: it skips comments, literals and preprocessor lines (of an
#if … #else only the first branch counts), then looks at what stands before each brace.
"""

import re
from pathlib import Path

import tree_check

HEADER_LINES = 250  # each: fewer than this
SOURCE_LINES = 400
FUNCTION_LINES = 60
PARAMETERS = 5  # at most

FOLDERS = ("include", "lib", "tools", "examples", "tests", "bench")
NOT_FUNCTIONS = {"if", "for", "while", "switch", "catch", "return", "sizeof", "alignof", "decltype",
                 "noexcept", "alignas", "requires", "explicit", "static_assert"}  # fmt: skip

LITERAL_OR_COMMENT = re.compile(
    r'R"(?P<mark>[^(\s]*)\((?:.|\n)*?\)(?P=mark)"'
    r"|//(?:[^\n\\]|\\(?:.|\n))*"
    r"|/\*(?:.|\n)*?\*/"
    r'|"(?:[^"\\\n]|\\(?:.|\n))*"'
    r"|(?<![0-9a-zA-Z_])(?:u8|u|U|L)?'(?:[^'\\\n]|\\.)+'"
)
DIRECTIVE = re.compile(r"[ \t]*#[ \t]*(\w*)(?:[^\n\\]|\\(?:.|\n))*")


def blanked(text):
    """Same length and lines; comments and literals become blanks (a literal keeps its quotes)."""

    def blank(match):
        found = match[0]
        keep = '""' if found[0] in "\"RuUL'" and len(found) > 1 else ""
        return keep + re.sub(r"[^\n]", " ", found[len(keep):])

    text = LITERAL_OR_COMMENT.sub(blank, text)
    lines = []
    skipped = []  # for each open #if: whether its first branch is over
    position = 0
    while position < len(text):
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        directive = DIRECTIVE.match(text, position)
        if directive:
            end = directive.end()
            word = directive[1]
            if word in ("if", "ifdef", "ifndef"):
                skipped.append(False)
            elif word in ("else", "elif") and skipped:
                skipped[-1] = True
            elif word == "endif" and skipped:
                skipped.pop()
        line = text[position:end]
        lines.append(re.sub(r"[^\n]", " ", line) if directive or any(skipped) else line)
        position = end + 1
    return "\n".join(lines)


def closing(text, start):
    """The position of the bracket that closes the one at `start`, or the end of the text."""
    pairs = {"(": ")", "[": "]", "{": "}"}
    depth = 0
    for position in range(start, len(text)):
        if text[position] in pairs:
            depth += 1
        elif text[position] in pairs.values():
            depth -= 1
            if depth == 0:
                return position
    return len(text)


def without_template_and_attributes(head):
    """Blanks out template<…>, [[…]] and __attribute__((…)) at the front of a declaration."""
    while True:
        head = head.lstrip()
        if match := re.match(r"template\s*<", head):
            depth, position = 1, match.end()
            while position < len(head) and depth:
                depth += {"<": 1, ">": -1}.get(head[position], 0)
                position += 1
            head = head[position:]
        elif head.startswith("[["):
            head = head[closing(head, 0) + 1:]
        elif match := re.match(r"(__attribute__|alignas|requires)\s*\(", head):
            head = head[closing(head, match.end() - 1) + 1:]
        elif match := re.match(r"(public|private|protected)\s*:(?!:)|(inline|constexpr|static)\s",
                               head):
            head = head[match.end():]
        else:
            return head


def parameter_list(head):
    """The text between the parentheses of a function's parameters, or None."""
    for match in re.finditer(r"(operator\s*\(\s*\)|operator\s*[^\s\w(]+|[\w~>]+)\s*\(", head):
        name = match[1]
        before = head[:match.start()]
        if before.count("(") == before.count(")") and name not in NOT_FUNCTIONS:
            opening = match.end() - 1
            return head[opening + 1:closing(head, opening)]
    return None


def parameter_count(parameters):
    depth = commas = 0
    for character in parameters.replace("->", "  "):
        depth += {"<": 1, "(": 1, "[": 1, "{": 1, ">": -1, ")": -1, "]": -1, "}": -1}.get(
            character, 0)
        commas += character == "," and depth == 0
    return 0 if parameters.strip() in ("", "void") else commas + 1


def kind_of(head):
    """What the brace after `head` opens: a scope, a function, or an initialiser."""
    head = without_template_and_attributes(head)
    if re.match(r"(namespace\b|extern\s*\"\")", head):
        return "scope"
    if re.match(r"(class|struct|union|enum)\b[^(=]*$", head) or re.match(
            r"(class|struct)\s+(\w+\s+)?[\w:<>, ]+\s*(final\s*)?:[^:]", head):
        return "scope"
    flat = head  # with "@" for each pair of parentheses and what is between
    while flat != (flat := re.sub(r"\([^()]*\)", "@", flat)):
        pass
    if parameter_list(head) is None or re.search(r"(?<![=!<>])=(?!=)", re.sub(
            r"operator\s*[^\s\w]+", "", flat)):
        return "initialiser"
    # In a constructor's initialiser list a brace that follows a name belongs to that member.
    if re.search(r"(?<!:):(?!:)", flat) and re.search(r"(?<!:)\b(?!try\b)[\w>]+\s*$", flat):
        return "initialiser"
    return "function"


def functions(text):
    """Yields (first line, lines, parameters, name) of each definition and declaration."""
    text = blanked(text)
    start = position = 0  # `start`: where the declaration at hand begins
    while position < len(text):
        character = text[position]
        if character == "(":
            position = closing(text, position)
        elif character == "{":
            head = text[start:position]
            kind = kind_of(head)
            if kind == "scope":
                start = position + 1
            else:
                position = closing(text, position)
                if kind == "function":
                    yield describe(text, start, head, position)
                    start = position + 1
        elif character in ";}":
            head = text[start:position]
            bare = without_template_and_attributes(head)
            if parameter_list(bare) and not re.match(
                    r"(using|typedef|static_assert|extern\s+template)\b", bare) and "=" not in (
                    re.sub(r"\(.*\)", "", bare, flags=re.DOTALL).replace("= 0", "")
                    .replace("= delete", "").replace("= default", "")):
                yield describe(text, start, head, position)
            start = position + 1
        position += 1


def describe(text, start, head, end):
    start += len(head) - len(head.lstrip())
    first = text.count("\n", 0, start) + 1
    lines = text.count("\n", start, end) + 1
    bare = without_template_and_attributes(head)
    name = re.search(r"([\w:~]+|operator\s*\S+)\s*\($", bare[:bare.find("(") + 1])
    return first, lines, parameter_count(parameter_list(bare) or ""), name[1] if name else "?"


def check_file(path, name):
    text = path.read_text(encoding="utf-8")
    lines = text.count("\n")
    limit = HEADER_LINES if path.suffix == ".hpp" else SOURCE_LINES
    if lines >= limit:
        yield f"{name}: {lines} lines; a file of this kind has fewer than {limit}"
    for first, length, parameters, function in functions(text):
        if length >= FUNCTION_LINES:
            yield f"{name}:{first}: {function} has {length} lines, not fewer than {FUNCTION_LINES}"
        if parameters > PARAMETERS:
            yield f"{name}:{first}: {function} has {parameters} parameters, more than {PARAMETERS}"


def check(tree):
    """Returns one line for each fault."""
    files = [path for folder in FOLDERS for path in sorted((tree / folder).rglob("*"))
             if path.suffix in (".hpp", ".cpp")]
    if not files:
        return [f"{tree}: no sources found"]
    return [fault for path in files for fault in check_file(path, path.relative_to(tree))]


LONG_BODY = "  step();\n" * FUNCTION_LINES
GOOD = """
#include <string>
namespace a::b {
// void comment(int a, int b, int c, int d, int e, int f) {
struct S : Base<int(int)> {
  S(int a, int b) noexcept : a_{a}, b_(b), c_{{1, 2}} {}
  template <class T, class U = std::map<int, T>>
  [[nodiscard]] T get(const std::map<int, int>& m = {{1, 2}}, void (*f)(int, int, int) = nullptr);
  bool operator()(int a, int b) const { return a < b; }
  std::array<int, 6> data_{1, 2, 3, 4, 5, 6};
  char brace_ = '{';
  long big_ = 1'000'000;
  std::string raw_ = R"x({{{ (a, b, c, d, e, f) )x";
};
using F = std::function<void(int, int, int, int, int, int)>;
enum class E : std::uint8_t { a, b };
#if X
void one(int a) {
#else
void one(int a, int b) {
#endif
  if (a) { two(1, 2, 3, 4, 5, 6); }
}
constexpr int table[] = {
""" + "  1,\n" * 70 + """};
}  // namespace
"""
# (what a file holds, what the fault must say)
BAD = [
    ("lib/a.hpp", "\n" * HEADER_LINES, "fewer than 250"),
    ("lib/a.cpp", "\n" * SOURCE_LINES, "fewer than 400"),
    ("lib/a.cpp", f"void f() {{\n{LONG_BODY}}}\n", "f has 62 lines"),
    ("lib/a.cpp", f"namespace a {{\nvoid C::f(int) const {{\n{LONG_BODY}}}\n}}\n", "C::f has 62"),
    ("lib/a.cpp", f"C::C(int a) : a_{{a}}, b_(a) {{\n{LONG_BODY}}}\n", "C::C has 62 lines"),
    ("lib/a.cpp", f"auto f() -> std::map<int, int> {{\n{LONG_BODY}}}\n", "f has 62 lines"),
    ("lib/a.hpp", f"struct S {{\n  bool operator()(int a) {{\n{LONG_BODY}  }}\n}};\n", "62 lines"),
    ("lib/a.cpp", f"void f() {{\n  auto g = [](int a) {{\n{LONG_BODY}  }};\n}}\n", "f has 64"),
    ("lib/a.cpp", "void f(int a, int b, int c, int d, int e, int g) {}\n", "6 parameters"),
    ("lib/a.hpp", "class P { virtual void f(int, int, int, int, int, int) = 0; };", "6 param"),
    ("lib/a.hpp", "template <class T>\nvoid f(T, M<int, int>, int, int, int, int g = 0);", "6 p"),
    ("lib/a.hpp", "struct S {\n explicit S(int, int, int, int, int, int);\n};", "6 parameters"),
    ("tests/a.cpp", f"TEST_CASE(\"a\") {{\n{LONG_BODY}}}\n", "62 lines"),
]


def self_test():
    def faults_of(name, text):
        return tree_check.faults_in(check, {name: text})

    for name in ("lib/a.hpp", "lib/a.cpp"):
        assert faults_of(name, GOOD) == [], faults_of(name, GOOD)
    assert faults_of("lib/nothing.txt", "") != []
    for name, text, expected in BAD:
        faults = faults_of(name, text)
        assert len(faults) == 1 and expected in faults[0], (text, faults)
        after_good = faults_of(name, GOOD + text) if "fewer" not in expected else faults
        assert len(after_good) == 1 and expected in after_good[0], (text, after_good)
    print(f"{len(BAD)} bad samples were all found")


if __name__ == "__main__":
    tree_check.run(__doc__, check, self_test)
