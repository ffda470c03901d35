"""Cutting a JavaScript bundle into modules, on small ones that hold every trap of the language."""

import pytest

from zkmark.reports.javascript_bundle import (
    BundleError,
    reachable,
    split_body,
    split_modules,
)


def statements(body):
    source = f"var X=(()=>{{{body}}})();"
    start = len("var X=(()=>{")
    found, end = split_body(source, start)
    assert source[end:] == "})();"
    assert "".join(s.text for s in found) == body
    return found


@pytest.mark.parametrize(
    "first",
    [
        'var a=";";',
        r"var a='it\'s;';",
        r'var a="\\";',
        "var a=/[;/]}/g;",
        r"var a=/\/;/;",
        "var a=`;${b?`}${c};`:'}'}`;",
        "var a=1/2;",
        "var a=(b)/c;",
        "var a=()=>{if(x)/}/.test(y);return/}/};",
        "var a=()=>{for(;;){}};",
        "var a={b:1};",
        "function a(){return{b:';'}}",
        "async function a(){}",
        "class a{b(){}}",
        "var a=b[0]/c+d/2;",
        "var a='/*';",
        "/* ; } */var a;",
        "var a=b=>{switch(b){case/x;/:}};",
    ],
)
def test_a_statement_ends_where_the_language_says(first):
    found = statements(f"{first}var z=1;")
    assert [s.text for s in found] == [first, "var z=1;"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("var a=1,b={c:1,d:2},e=f(g,h);", ("a", "b", "e")),
        ("var a,b;", ("a", "b")),
        ("var a=(b,c)=>{};", ("a",)),
        ("function f(a,b){}", ("f",)),
        ("class C extends D{}", ("C",)),
        ("export(a,{b:()=>c});", ()),
        ("return a();", ()),
    ],
)
def test_a_statement_declares_its_names_and_no_others(text, names):
    (found,) = statements(text)
    assert found.declares == names


@pytest.mark.parametrize("body", ["var a=(1;", "var a=[1);", "var a=`x", "var a='x;", "var a=/x"])
def test_what_does_not_end_is_refused(body):
    with pytest.raises(BundleError):
        split_body(f"{body}", 0)


BUNDLE = (
    "var wrap=(e,t)=>()=>(t||e((t={exports:{}}).exports,t),t.exports),lazy=e=>()=>e();"
    "var one=wrap((e,m)=>{m.exports=1});"
    "var two=wrap((e,m)=>{m.exports=one()+1});"
    "var three=wrap((e,m)=>{m.exports='two()'});"
    "function helper(a){return a}var value,four=lazy(()=>{six();value=helper(4)});"
    "var five=wrap((e,m)=>{m.exports=x.two()+three()});"
    "var six=lazy(()=>{});"
    "var seven=wrap((e,m)=>{four();m.exports=7});"
    "var eight=lazy(()=>{});var nine=lazy(()=>{});var ten=lazy(()=>{});"
)


def kept(last):
    modules = reachable(split_modules(statements(BUNDLE + last)))
    return {name for module in modules for name in module.names}


def test_modules_are_kept_for_being_run_and_not_for_being_mentioned():
    # five mentions two() in no way that runs it: as a property, and three has it in a string.
    assert kept("return five();") == {"wrap", "lazy", "one", "five", "three"} - {"wrap", "lazy"}
    assert kept("return two();") == {"one", "two"}


def test_a_lazy_module_keeps_its_functions_and_what_it_imports():
    modules = reachable(split_modules(statements(BUNDLE + "return seven();")))
    text = "".join(module.text for module in modules)
    assert "function helper" in text
    assert "var six" in text
    assert "var two" not in text


def test_a_body_without_modules_is_refused():
    with pytest.raises(BundleError, match="wraps the modules"):
        split_modules(statements("var a=1;return a;"))
