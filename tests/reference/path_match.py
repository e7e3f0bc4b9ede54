"""Prints what the reference answers for every path and pattern: `python path_match.py > path_match.tsv`."""

from taskgraph.util.path import match

PATHS = [
    "", "a", "foo", "foo/bar", "foo/bar/baz.py", "foo/x/y/bar", "a.b", "axb", "src/main.rs",
    "src/lib/mod.rs", "docs/é/ü.md", "foo/", "/foo", "a+b/c(d)", "**", "a*b", "foobar/x", "x/foo/bar",
]
PATTERNS = [
    "", "*", "**", "**/", "foo", "foo/", "foo/*", "foo/**", "foo/**/bar", "**/bar", "**/*.rs",
    "src/**/*.rs", "*.rs", "f*o", "foo/*/bar", "**/**/bar", "**/**", "a.b", "a+b", "a+b/**",
    "docs/*/*.md", "docs/é*", "/**", "/foo", "foo**", "foo/**bar", "**foo", "a\\*b", "**/foo/**",
    "x/**/foo/**/bar", "**/*", "*/*", "foo*/x", "***", "**/**/", "foo/**/",
]

for path in PATHS:
    for pattern in PATTERNS:
        print(path, pattern, match(path, pattern), sep="\t")
