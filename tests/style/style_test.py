"""The checker's own tests: each rule on code that keeps it and breaks it."""

import json
import os
import sys
import tempfile
import textwrap
import unittest

import check
import cpp_scan
import headers


def sizes(source):
    return [size for _, size in cpp_scan.functions(textwrap.dedent(source))]


def reasons(path, text):
    return [reason for _, reason in check.check_cpp(path, text)]


def tree(files):
    """A temporary project with these files."""
    folder = tempfile.TemporaryDirectory()
    for path, text in files.items():
        whole = os.path.join(folder.name, path)
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        with open(whole, "w", encoding="utf-8") as file:
            file.write(text)
    return folder


class functions_are_measured(unittest.TestCase):
    def test_bodies_count_from_brace_to_brace(self):
        self.assertEqual(sizes("""\
            namespace a {
            int f(int x) {
              return x;
            }
            } // namespace a
            """), [3])

    def test_methods_and_constructors_with_initializers(self):
        self.assertEqual(sizes("""\
            template <class T, class U = std::vector<T>>
            class c final : public base<T> {
            public:
              explicit c(int x) : a_(x), b_{x}, d_{1, 2} {
                start();
              }
              c() noexcept : b_{0} {}
              bool operator==(const c& other) const {
                return a_ == other.a_;
              }
              int get() const noexcept override { return a_; }
            private:
              int a_ = 0, b_{0};
              std::array<int, 2> d_ = {1, 2};
              std::function<void()> f_ = [] { go(); };
            };
            """), [3, 1, 3, 1])

    def test_lambdas_and_local_classes_belong_to_their_function(self):
        self.assertEqual(sizes("""\
            TEST(a, b) {
              struct local { int f() { return 1; } };
              auto f = [](int x) {
                return x;
              };
            }
            auto g(std::vector<int> v = {1}) -> std::vector<int> {
              return v;
            }
            """), [6, 3])

    def test_values_and_enums_are_no_functions(self):
        self.assertEqual(sizes("""\
            enum class e : int { one, two };
            constexpr int table[] = {1, 2, f(3)};
            const std::map<int, int> m{{1, 2}, {3, 4}};
            int after() {
              return 1;
            }
            """), [3])

    def test_literals_and_comments_hide_braces(self):
        self.assertEqual(sizes("""\
            int f() { // {{{
              char c = '{'; /* { */
              auto s = "{\\"{";
              auto r = R"x({{{ )" )x";
              return 1'000'000;
            }
            int g() {}
            """), [6, 1])

    def test_macro_bodies_are_not_read(self):
        self.assertEqual(sizes("""\
            #define OPEN() \\
              if (x) {
            extern "C" {
            int f() {
            }
            }
            """), [2])

    def test_requires_clauses_and_trailing_returns(self):
        self.assertEqual(sizes("""\
            template <class T>
              requires std::integral<T>
            T f(T x) {
              return x;
            }
            auto g() -> decltype(f(1)) {
            }
            """), [3, 2])


class one_file_is_checked(unittest.TestCase):
    def test_good_code_has_no_breach(self):
        self.assertEqual(reasons("cep/nfa.hpp", textwrap.dedent("""\
            #pragma once
            #include "engine/common/error.hpp"
            // TODO(#12): explain
            int f();
            """)), [])

    def test_folders_include_only_what_stands_left_of_them(self):
        for path, included, good in [
                ("engine/sql/a.hpp", "engine/common/e.hpp", True),
                ("engine/sql/a.hpp", "engine/sql/b.hpp", True),
                ("engine/sql/a.hpp", "engine/plan/b.hpp", False),
                ("engine/sql/a.hpp", "engine/other/b.hpp", False),
                ("engine/sql/a.hpp", "cep/b.hpp", False),
                ("engine/sql/a.hpp", "schemas/b.capnp.h", True),
                ("actors/a.hpp", "cluster/b.hpp", False),
                ("tools/a.hpp", "cluster/b.hpp", True),
                ("tools/a.hpp", "tests/support/b.hpp", False),
                ("tests/engine/a.hpp", "tools/b.hpp", True),
                ("tools/a.hpp", "b.hpp", False)]:
            text = f'#pragma once\n#include "{included}"\n'
            self.assertEqual(reasons(path, text) == [], good, (path, included))

    def test_caf_is_known_to_three_folders(self):
        text = "#pragma once\n#include <caf/all.hpp>\n"
        self.assertEqual(reasons("actors/a.hpp", text), [])
        for path in ("engine/common/a.hpp", "cep/a.hpp", "tests/engine/a.hpp"):
            self.assertEqual(len(reasons(path, text)), 1, path)

    def test_sizes_have_limits(self):
        header = "#pragma once\n" + "\n" * (check.HEADER_LINES - 1)
        self.assertEqual(reasons("cep/a.hpp", header), [])
        self.assertEqual(len(reasons("cep/a.hpp", header + "\n")), 1)
        source = "\n" * check.SOURCE_LINES
        self.assertEqual(reasons("cep/a.cpp", source), [])
        self.assertEqual(len(reasons("cep/a.cpp", source + "\n")), 1)
        body = "int f() {" + "\n" * (check.FUNCTION_LINES - 1) + "}\n"
        self.assertEqual(reasons("cep/a.cpp", body), [])
        self.assertEqual(len(reasons("cep/a.cpp", "int g();\n" + body.replace(
            "{", "{\n"))), 1)
        line = "//" + "x" * (check.COLUMNS - 2)
        self.assertEqual(reasons("cep/a.cpp", line), [])
        self.assertEqual(len(reasons("cep/a.cpp", line + "é")), 1)

    def test_headers_are_guarded_and_todos_have_an_issue(self):
        self.assertEqual(len(reasons("cep/a.hpp", "int f();\n")), 1)
        for todo in ("TODO: x", "TODO(me): x", "TODO(#1) x", "TODO(#1): "):
            self.assertEqual(len(reasons("cep/a.cpp", f"// {todo}")), 1, todo)

    def test_machines_and_registries_are_not_named(self):
        for bad in ("/wo" + "rk/main/x", "see /ro" + "ot/.cache",
                    "https://re" + "po.example.org/x", '"/ho' + 'me/me/x"'):
            self.assertEqual(len(list(check.check_text(bad))), 1, bad)
        for good in ("a/work/b", "$ROOT/root/x", "/tmp/x", "deb package",
                     "github.com/apache/kafka", "index.html"):
            self.assertEqual(list(check.check_text(good)), [], good)


class the_tree_is_checked(unittest.TestCase):
    def test_every_source_is_in_a_target(self):
        files = {"CMakeLists.txt": "", "cep/CMakeLists.txt": "a.cpp b/c.cpp",
                 "cep/a.cpp": "", "cep/b/c.cpp": "", "cep/aa.cpp": "",
                 "cep/b/a.cpp": ""}
        with tree(files) as root:
            self.assertEqual(
                [path for path, _, _ in check.check_tree(root)],
                ["cep/aa.cpp", "cep/b/a.cpp"])

    def test_types_of_one_name_are_found(self):
        pair = ("namespace herald {\nnamespace {\nstruct own {};\n}\n"
                "template <class T>\nclass list final : base {\n"
                "  struct node {};\n};\nstruct node;\n}\n")
        files = {"CMakeLists.txt": "cep/a.cpp cep/b.cpp cep/c.cpp",
                 "cep/a.cpp": pair, "cep/b.cpp": pair,
                 "cep/c.cpp": pair.replace("herald", "herald::sql")}
        with tree(files) as root:
            self.assertEqual([x[:2] for x in check.check_tree(root)],
                             [("cep/b.cpp", 6)])

    def test_headers_compile_alone(self):
        files = {
            "cep/good.hpp": "#include <vector>\nstd::vector<int> f();\n",
            "cep/bad.hpp": "std::vector<int> f();\n",
            "cep/user.hpp": '#include "cep/bad.hpp"\n',
            "cep/proved.hpp": "not C++, but the build would say so\n",
            "cep/proved.cpp": '#include "cep/proved.hpp"\n',
            "cep/late.hpp": "std::vector<int> g();\n",
            "cep/late.cpp": '#include <vector>\n#include "cep/late.hpp"\n'}
        with tree(files) as root:
            command = f"{COMPILER} -I{root} -std=c++20"
            with open(os.path.join(root, "compile_commands.json"), "w",
                      encoding="utf-8") as file:
                json.dump([{"command": command, "file": "x.cpp"}], file)
            paths = sorted(path for path in files if path.endswith(".hpp"))
            found = [path for path, _, _ in headers.check(root, root, paths)]
            self.assertEqual(
                found, ["cep/bad.hpp", "cep/late.hpp", "cep/user.hpp"])
            # What was proved is not compiled again; what changed is.
            with open(os.path.join(root, "cep/bad.hpp"), "w",
                      encoding="utf-8") as file:
                file.write("int f();\n")
            found = [path for path, _, _ in headers.check(root, root, paths)]
            self.assertEqual(found, ["cep/late.hpp"])


COMPILER = sys.argv.pop() if len(sys.argv) > 1 else "c++"

if __name__ == "__main__":
    unittest.main()
