//! Programs of a tree, from `kind.yml` to stubs or mistakes.

use futures::executor::block_on;

use crate::diagnostics::Mistakes;
use crate::generate::kinds::{load_kinds, load_tasks};
use crate::generate::testing::{CONFIG, World};
use crate::generate::transforms::{Apply, Transform};
use crate::generate::{Error, Phase, PhaseGraph, generate};
use crate::model::Stub;
use crate::yaml::{Map, Node};

/// Gives every stub a label and itself as definition.
const FINISH: Transform = Transform { name: "test.finish:transforms", apply: Apply::Each(finish) };

fn finish(kind: &crate::generate::context::KindContext<'_>, stub: Stub) -> Result<Vec<Stub>, Mistakes> {
    let name = stub.body.get("name").and_then(Node::as_str).unwrap_or_default();
    let label = Node::new(format!("{}-{name}", kind.kind));
    let body = [
        ("label", label),
        ("description", Node::new("d")),
        ("attributes", Node::empty_map()),
        ("task", stub.to_node()),
    ];
    Ok(vec![Stub { body: Map::from(body), span: stub.span }])
}

fn world(kind: &str, files: &[(&str, &str)]) -> World {
    let kind = format!("loader: taskgraph.loader.transform:loader\n{kind}");
    let mut all = vec![("taskcluster/kinds/k/kind.yml", kind.as_str())];
    all.extend_from_slice(files);
    World::new(&all)
}

/// The definitions of the tasks as JSON without the keys of the loader, or what is wrong.
fn made(world: &World) -> Vec<String> {
    let run = world.run();
    let kinds = load_kinds(&run);
    match load_tasks(&run, &kinds, &[FINISH]) {
        Ok(tasks) => tasks
            .iter()
            .map(|task| {
                let mut definition = task.definition.clone();
                definition.remove("task-from");
                serde_json::to_string(&definition).unwrap()
            })
            .collect(),
        Err(crate::script::Error::Mistakes(mistakes)) => {
            mistakes.0.iter().map(|mistake| told(world, mistake)).collect()
        }
        Err(other) => panic!("{other}"),
    }
}

/// `file:line [text] message (help) {tasks} <- related lines`.
fn told(world: &World, mistake: &crate::diagnostics::Diagnostic) -> String {
    let place = |span| match world.files.place(span) {
        Some(place) => {
            let name = place.file.path.file_name().unwrap().to_string_lossy().into_owned();
            format!("{name}:{} [{}]", place.line_and_column().0, &place.file.text[place.range])
        }
        None => "nowhere".to_owned(),
    };
    let help = mistake.help.as_ref().map_or_else(String::new, |help| format!(" ({help})"));
    let tasks: Vec<&str> = mistake.tasks.iter().map(String::as_str).collect();
    let related: Vec<String> =
        mistake.related.iter().map(|(span, note)| format!(" <- {} {note}", place(*span))).collect();
    format!("{} {}{help} {{{}}}{}", place(mistake.span), mistake.message, tasks.join(" "), related.concat())
}

const ONE: &str = "transforms: ['a.star:go', test.finish]\ntasks: {one: {x: 1}, two: {x: 2}}\n";

fn one(program: &str) -> Vec<String> {
    made(&world(ONE, &[("taskcluster/a.star", program)]))
}

#[test]
fn a_transform_is_a_function_of_all_tasks_or_of_one_or_a_list_of_them() {
    let all =
        "def go(config, tasks):\n    return [dict(t, kind=config.kind, n=len(tasks)) for t in tasks if t['x'] > 1]\n";
    assert_eq!(one(all), [r#"{"x":2,"name":"two","kind":"k","n":2}"#]);
    let each = "def double(config, task):\n    task['x'] += 1\n    return [task, dict(task, name=task['name'] + '-b')]\ngo = each(double)\n";
    assert_eq!(one(each).len(), 4);
    let drop = "go = each(lambda config, task: [] if task['x'] == 1 else task)";
    assert_eq!(one(drop), [r#"{"x":2,"name":"two"}"#]);
    let list = "def a(c, t):\n    t['y'] = 1\n    return t\ndef b(c, ts):\n    return [t for t in ts if t['y'] == t['x']]\ngo = [each(a), b]\n";
    assert_eq!(one(list), [r#"{"x":1,"name":"one","y":1}"#]);
}

#[test]
fn mistakes_name_the_place_the_kind_and_the_task() {
    let fails = "def go_one(config, task):\n    if task['x'] == 2:\n        fail('no two')\n    return task\ngo = each(go_one)\n";
    assert_eq!(
        one(fails),
        ["a.star:3 [fail('no two')] no two {two} <- kind.yml:2 ['a.star:go'] kind `k` uses it here"]
    );
    let nothing = "go = each(lambda config, task: None)";
    assert_eq!(one(nothing).len(), 2);
    assert!(
        one(nothing)[0].starts_with("kind.yml:2 ['a.star:go'] the function returned nothing"),
        "{:?}",
        one(nothing)
    );
    let wrong = "def go(config, tasks):\n    return [1]\n";
    assert!(one(wrong)[0].contains("returned a whole number"), "{:?}", one(wrong));
}

#[test]
fn names_that_are_not_there_are_told_with_the_nearest() {
    let world = world(
        "transforms: ['a.sta:go', 'b.star:go', 'a.star:gone']\ntasks: {}",
        &[("taskcluster/a.star", "def gone_(c, t): pass")],
    );
    assert_eq!(
        made(&world),
        [
            "kind.yml:2 ['a.sta:go'] unknown transform `a.sta:go` (a transform is one of ours, or `path.star:name` for one of the tree's own) {}",
            "kind.yml:2 ['b.star:go'] there is no file `taskcluster/b.star` (did you mean `a.star`?) {}",
            "kind.yml:2 ['a.star:gone'] `a.star` has no `gone` (did you mean `gone_`?) {}",
        ]
    );
}

#[test]
fn schemas_tell_places_in_the_kind() {
    let program = "go = schema({'type': 'object', 'properties': {'x': {'type': 'integer'}, 'name': {}, 'task-from': {}}, 'additionalProperties': False})";
    let kind = "transforms: ['a.star:go', test.finish]\ntasks: {one: {x: no}, two: {nam: 2}}\n";
    let given = made(&world(kind, &[("taskcluster/a.star", program)]));
    assert_eq!(
        given,
        [
            "kind.yml:3 [no] `x`: expected an integer, found `false` {one}",
            "kind.yml:3 [nam] unknown key `nam` (did you mean `name`?) {two}",
        ]
    );
}

#[test]
fn places_survive_what_a_program_leaves_alone() {
    let program = "def go(config, tasks):\n    return [dict(t, a=t['deep'], y=3) for t in tasks]\n";
    let kind = "transforms: ['a.star:go', 'b.star:go']\ntasks: {one: {deep: {z: [q]}}}\n";
    let refuse = "go = schema({'properties': {'a': {'properties': {'z': {'items': {'type': 'integer'}}}}}})";
    let given = made(&world(kind, &[("taskcluster/a.star", program), ("taskcluster/b.star", refuse)]));
    assert_eq!(given, ["kind.yml:3 [q] `a.z.0`: expected an integer, found `\"q\"` {one}"]);
}

#[test]
fn programs_load_one_another_within_the_tree() {
    let program = "load('lib/b.star', 'x')\ndef go(config, tasks):\n    return [dict(t, x=x) for t in tasks]\n";
    let files = |b: &'static str| world(ONE, &[("taskcluster/a.star", program), ("taskcluster/lib/b.star", b)]);
    assert_eq!(made(&files("x = 7")), [r#"{"x":7,"name":"one"}"#, r#"{"x":7,"name":"two"}"#]);
    assert!(made(&files("load('a.star', 'go')\nx = 1"))[0].contains("`a.star` loads itself"));
    assert!(
        one("load('../b.star', 'x')\ngo = []")[0]
            .starts_with("a.star:1 ['../b.star'] `../b.star` is not a path within")
    );
    assert!(one("load('/etc/x.star', 'x')\ngo = []")[0].contains("is not a path within"));
}

#[test]
fn only_declared_files_are_read() {
    let program = "def go(config, tasks):\n    return [dict(t, x=read_yaml('data/a.yml')['v'], y=read_text('b.txt'), z=list_files('data/*')) for t in tasks]\n";
    let files = [("taskcluster/a.star", program), ("data/a.yml", "v: 3"), ("b.txt", "text"), ("c.txt", "other")];
    let declared = "transforms: ['a.star:go', test.finish]\nreads: [b.txt, 'data/**']\ntasks: {one: {}}\n";
    assert_eq!(made(&world(declared, &files)), [r#"{"name":"one","x":3,"y":"text","z":["data/a.yml"]}"#]);
    let undeclared = made(&world(ONE, &files));
    assert_eq!(
        undeclared,
        [
            "a.star:2 [read_yaml('data/a.yml')] kind `k` does not say that it reads `data/a.yml`: add it to `reads` in `taskcluster/kinds/k/kind.yml` {} <- kind.yml:2 ['a.star:go'] kind `k` uses it here"
        ]
    );
    let passwd = one("def go(config, tasks):\n    return [read_text('/etc/passwd')]\n");
    assert!(passwd[0].contains("`/etc/passwd` is not a path within the repository"), "{passwd:?}");
}

#[test]
fn functions_of_the_reference_are_there() {
    let program = r#"
def go(config, tasks):
    task = tasks[0]
    resolve_keyed_by(task, "k", "item", level="3")
    return [{
        "name": "n",
        "k": task["k"],
        "merged": merge({"a": [1], "b": {"c": 1}}, {"a": [2], "b": {"d": 2}}),
        "symbol": [add_suffix("G(s)", "-1"), join_symbol("?", "s")] + split_symbol("x"),
        "quoted": quote("a b", "it's", 3, "x", ""),
        "re": [re.match("(a)(?P<n>b)?", "abc").named, re.search("z", "a"), re.sub("a(.)", "\\1!", "abac"), re.split(",\\s*", "a, b"), re.findall("[a-c]", "abz")],
        "path": [path.join("a", "b", "c.txt"), path.basename("a/b"), path.dirname("a/b"), path.match("a/b/c", "a/**")],
        "sha": sha256("x")[:8],
        "format": format("{n:05d} {a}", n=3, a="b"),
        "substitute": substitute({"a": ["{x}-y"]}, x="1"),
        "json": [json.encode({"b": 1, "a": [None, True, 1.5]}, sort_keys=True), json.decode('{"q": [1]}')],
        "attr": [attrmatch({"a": 1}, a=[1, 2]), attrmatch({}, a=1), keymatch({"l.*": 1, "default": 2}, "linux")],
        "unique": sorted_unique_list(["b", "a"], ["a"]),
        "params": [config.params["level"], config.graph_config["trust-domain"], config.config["own"]],
        "match": [match_run_on_projects("p", ["all"]), match_run_on_tasks_for("x", ["y"]), match_run_on_git_branches("main-1", ["main"])],
    }]
"#;
    let kind =
        "own: 5\ntransforms: ['a.star:go', test.finish]\ntasks: {one: {k: {by-level: {'3': yes, default: no}}}}\n";
    let given = made(&world(kind, &[("taskcluster/a.star", program)]));
    let expected = r#"{"name":"n","k":true,"merged":{"a":[1,2],"b":{"c":1,"d":2}},"symbol":["G(s-1)","s","?","x"],"quoted":"'a b' 'it'\\''s' 3 x ''","re":[{"n":"b"},null,"b!c!",["a","b"],["a","b"]],"path":["a/b/c.txt","b","a",true],"sha":"2d711642","format":"00003 b","substitute":{"a":["1-y"]},"json":["{\"a\":[null,true,1.5],\"b\":1}",{"q":[1]}],"attr":[true,false,[1]],"unique":["a","b"],"params":["1","example",5],"match":[true,false,true]}"#;
    assert_eq!(given, [expected]);
}

const REGISTER: &str = r#"
def register(graph_config):
    register_target_task("mine", lambda graph, parameters, graph_config: [
        label for label, task in graph.tasks.items() if task.attributes.get("wanted") and parameters["level"] == "1"
    ])
    register_filter("few", lambda graph, parameters, graph_config: sorted(graph.tasks.keys())[:1])
    register_strategy("unless", lambda task, parameters, argument: argument["level"] == parameters["level"])
    register_run_using("docker-worker", "gradle", gradle)
    register_payload_builder("own-worker", payload)
    register_group_by("pairs", pairs)
    register_set_name("shout", lambda config, tasks, primary_dep, primary_kind: primary_dep.label.upper() + primary_kind)
    register_verification("no-empty-names", verify)

def gradle(config, task, taskdesc):
    taskdesc["description"] += " with gradle"
    return {"using": "run-task", "checkout": False, "command": quote("./gradlew", *task["run"]["tasks"])}

def payload(config, task, task_def):
    task_def["payload"] = {"say": task["worker"]["words"], "level": config.params["level"]}
    task_def["scopes"].append("say:" + graph_name(config))
    task_def["tags"]["own"] = "yes"

def graph_name(config):
    return config.graph_config["trust-domain"]

def pairs(config, tasks, argument):
    return [tasks[at:at + argument] for at in range(0, len(tasks), argument)]

def verify(graph, parameters, graph_config):
    return ["`{}` is bad".format(label) for label in graph.tasks if "bad" in label]
"#;

const KIND: &str = "
task-defaults: {description: d, worker-type: b-linux, worker: {docker-image: x, max-run-time: 1}}
tasks:
    a: {attributes: {wanted: true}, run: {using: gradle, tasks: [b, 'c d']}}
    b: {run: {using: gradle, tasks: [e]}, optimization: {unless: {level: '1'}}}
    c: {attributes: {wanted: true}, run: {using: gradle, tasks: [e]}, optimization: {unless: {level: '3'}}}
";

const GROUPS: &str = "
loader: taskgraph.loader.transform:loader
kind-dependencies: [make]
transforms: ['taskgraph.transforms.from_deps:transforms', 'taskgraph.transforms.task:transforms']
tasks:
    g: {description: d, worker-type: own, worker: {words: hello}, from-deps: {group-by: {pairs: 2}, unique-kinds: false, set-name: shout}}
";

fn registering(register: &str, changes: &[(&str, Node)]) -> World {
    let config = CONFIG.replace("taskgraph:\n", "taskgraph:\n    register: register.star:register\n").replace(
        "    aliases:\n",
        "    aliases:\n        own: {provisioner: p, implementation: own-worker, os: linux, worker-type: w}\n",
    );
    let files = [
        ("taskcluster/register.star", register),
        ("taskcluster/kinds/make/kind.yml", KIND),
        ("taskcluster/kinds/group/kind.yml", GROUPS),
    ];
    let world = World::with_config(&config, &files);
    let parameters = world.parameters.with(changes.iter().cloned()).unwrap();
    World { parameters, ..world }
}

fn graph(world: &World, phase: Phase) -> Result<Vec<Node>, Vec<String>> {
    match block_on(generate(&world.inputs(), phase)) {
        Ok(PhaseGraph::Labels(graph)) => {
            Ok(graph.iter().map(|(label, task)| Node::new(task.to_document(label))).collect())
        }
        Ok(PhaseGraph::TaskIds(graph)) => Ok(graph.iter().map(|(_, task)| Node::from(&task.label)).collect()),
        Ok(PhaseGraph::Kinds(_)) => Ok(Vec::new()),
        Err(Error::Mistakes(mistakes)) => Err(mistakes.0.iter().map(|mistake| told(world, mistake)).collect()),
        Err(other) => panic!("{other}"),
    }
}

fn labels(tasks: &[Node]) -> Vec<&str> {
    tasks.iter().map(|task| task.get("label").unwrap_or(task).as_str().unwrap()).collect()
}

#[test]
fn ways_to_run_payloads_and_groups_are_registered() {
    let tasks = graph(&registering(REGISTER, &[]), Phase::FullTaskGraph).unwrap();
    assert_eq!(labels(&tasks), ["group-MAKE-Amake", "group-MAKE-Cmake", "make-a", "make-b", "make-c"]);
    let at = |task: &Node, path: &[&str]| {
        let found = path.iter().try_fold(task, |node, key| node.get(key)).cloned().unwrap_or_default();
        serde_json::to_string(&found).unwrap()
    };
    assert_eq!(at(&tasks[0], &["task", "payload"]), r#"{"say":"hello","level":"1"}"#);
    assert_eq!(at(&tasks[0], &["task", "scopes"]), r#"["say:example"]"#);
    assert_eq!(at(&tasks[0], &["task", "tags", "own"]), r#""yes""#);
    assert_eq!(at(&tasks[0], &["dependencies"]), r#"{"make-a":"make-a","make-b":"make-b"}"#);
    assert!(at(&tasks[2], &["task", "payload", "command"]).contains("./gradlew b 'c d'"));
    assert_eq!(at(&tasks[2], &["description"]), r#""d with gradle""#);
}

#[test]
fn methods_filters_and_strategies_are_registered() {
    let mine = ("target_tasks_method", Node::new("mine"));
    let world = registering(REGISTER, std::slice::from_ref(&mine));
    assert_eq!(labels(&graph(&world, Phase::TargetTaskSet).unwrap()), ["make-a", "make-c"]);
    let filters = ("filters", ["few"].into_iter().collect());
    assert_eq!(labels(&graph(&registering(REGISTER, &[filters]), Phase::TargetTaskSet).unwrap()), ["group-MAKE-Amake"]);
    let world = registering(REGISTER, &[]);
    assert_eq!(labels(&graph(&world, Phase::TargetTaskSet).unwrap()).len(), 5);
    let alone = REGISTER.replace(
        "label for label, task in graph.tasks.items()",
        "label for label, task in graph.tasks.items() if label.startswith('make')",
    );
    let world = registering(&alone.replace("task.attributes.get(\"wanted\") and ", ""), &[mine]);
    let mut optimized = graph(&world, Phase::OptimizedTaskGraph).unwrap();
    optimized.sort_by_key(|label| label.as_str().map(str::to_owned));
    assert_eq!(labels(&optimized), ["make-a", "make-c"]);
    let unknown = ("target_tasks_method", Node::new("mime"));
    assert!(
        graph(&registering(REGISTER, &[unknown]), Phase::TargetTaskSet).unwrap_err()[0]
            .contains("did you mean `mine`?")
    );
}

#[test]
fn mistakes_of_what_is_registered_are_told() {
    let bad = WRONG.iter().map(|(from, to)| (REGISTER.replace(from, to), *to));
    for (register, _) in bad {
        let told = graph(&registering(&register, &[]), Phase::FullTaskGraph).unwrap_err();
        assert!(
            told[0].contains("register.star:")
                || told[0].starts_with("kind.yml:")
                || told[0].starts_with("config.yml:"),
            "{told:?}"
        );
    }
    let verified = REGISTER.replace("\"bad\" in label", "\"make-a\" == label");
    let told = graph(&registering(&verified, &[]), Phase::FullTaskGraph).unwrap_err();
    assert_eq!(told, ["nowhere no-empty-names: `make-a` is bad {}"]);
}

/// Changes of the program above, each of which makes it wrong.
const WRONG: &[(&str, &str)] = &[
    ("def register(", "def registre("),
    ("\"gradle\", gradle", "\"gardle\", gradle"),
    ("task[\"run\"][\"tasks\"]", "task[\"run\"][\"taks\"]"),
    ("\"own-worker\"", "\"other-worker\""),
    ("\"pairs\"", "\"pears\""),
    ("\"shout\"", "\"about\""),
    ("tasks[at:at + argument]", "argument"),
];

#[test]
fn the_page_s_examples_work() {
    let page = include_str!("../../../docs/starlark.md");
    let mut blocks = page.split("```starlark\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let transform = format!("{}\ngo = transforms\n", blocks.next().unwrap());
    let kind = "transforms: ['a.star:go', test.finish]\ntasks: {one: {whom: you}}\n";
    assert_eq!(
        made(&world(kind, &[("taskcluster/a.star", &transform)])),
        [r#"{"name":"one","description":"Greets you"}"#]
    );
    let kind = "loader: a.star:loader\nwords: [hi, ho]\ntransforms: [test.finish]\n";
    let loader = World::new(&[("taskcluster/kinds/k/kind.yml", kind), ("taskcluster/a.star", blocks.next().unwrap())]);
    assert_eq!(made(&loader), [r#"{"name":"hi","description":"Says hi"}"#, r#"{"name":"ho","description":"Says ho"}"#]);
    let config = CONFIG.replace("taskgraph:\n", "taskgraph:\n    register: register.star:register\n");
    let files = [("taskcluster/register.star", blocks.next().unwrap()), ("taskcluster/kinds/k/kind.yml", "tasks: {}")];
    let world = World::with_config(&config, &files);
    let parameters = world.parameters.with([("target_tasks_method", Node::new("nightly"))]).unwrap();
    let world = World { parameters, ..world };
    assert!(graph(&world, Phase::TargetTaskSet).unwrap().is_empty());
}

/// Programs that would run for ever, use all memory or read what they may not: a name and an expression each, in terms of
/// functions that stand before them. `tests/robustness/starlark.py` runs them too.
const HOSTILE: &str = include_str!("../../../tests/robustness/starlark/programs.txt");
const FUNCTIONS: &str = include_str!("../../../tests/robustness/starlark/functions.star");

/// Each ends in a mistake, long before a minute of work is done.
#[test]
fn hostile_programs_end_in_mistakes() {
    for line in HOSTILE.lines() {
        let (name, body) = line.split_once(": ").unwrap();
        let given = one(&format!("{FUNCTIONS}\ndef go(config, tasks):\n    return {body}\n"));
        assert!(given.len() == 1 && given[0].contains("uses it here"), "{name}: {given:?}");
    }
}

/// A kind that meets everything that has to do with a single task's fields.
const FIELDS: &str = r#"
def register(graph_config):
    register_custom_context("greeting", lambda config, task: {"whom": task["name"] + " on " + config.params["level"]})
    register_index_builder("nightly", lambda config, task: ["index.nightly." + task["index"]["job-name"]])
    register_fetch_builder("wget", wget)
    register_morph("mark", mark)

def wget(config, name, fetch):
    return {"command": ["wget", fetch["url"]], "artifact_name": name + ".bin", "digest_data": [fetch["url"]]}

def mark(tasks, parameters, graph_config):
    return {task.label: dict(task.task, tags = {"id": task.task_id}) for task in tasks if task.kind == "greet"}
"#;

const GREETING: &str = "
loader: taskgraph.loader.transform:loader
transforms: ['taskgraph.transforms.task_context:transforms', 'taskgraph.transforms.task:transforms']
tasks:
    one:
        description: hello {whom}
        task-context: {from-custom: [greeting], substitution-fields: [description]}
        worker-type: b-linux
        worker: {docker-image: x, max-run-time: 1}
        index: {type: nightly, job-name: x}
";

const FETCHES: &str = "
loader: taskgraph.loader.transform:loader
transforms: ['taskgraph.transforms.fetch:transforms', 'taskgraph.transforms.run:transforms', 'taskgraph.transforms.task:transforms']
tasks:
    tool: {description: d, docker-image: x, fetch: {type: wget, url: 'https://example.com/tool'}}
";

fn fields(register: &str) -> World {
    let config = CONFIG.replace("taskgraph:\n", "taskgraph:\n    register: register.star:register\n").replace(
        "    aliases:\n",
        "    aliases:\n        images: {provisioner: p, implementation: docker-worker, os: linux, worker-type: images}\n",
    );
    let files = [
        ("taskcluster/register.star", register),
        ("taskcluster/kinds/greet/kind.yml", GREETING),
        ("taskcluster/kinds/fetch/kind.yml", FETCHES),
    ];
    World::with_config(&config, &files)
}

#[test]
fn contexts_indexes_fetches_and_morphs_are_registered() {
    let world = fields(FIELDS);
    let tasks = graph(&world, Phase::FullTaskGraph).unwrap();
    let find = |label: &str| tasks.iter().find(|task| task.get("label").unwrap().as_str() == Some(label)).unwrap();
    let shown = |task: &Node| serde_json::to_string(task).unwrap();
    assert_eq!(find("greet-one").get("description").unwrap().as_str(), Some("hello one on 1"));
    let definition = shown(find("greet-one").get("task").unwrap());
    assert!(definition.contains(r#""index.nightly.x""#), "{definition}");
    let definition = shown(find("fetch-tool").get("task").unwrap());
    assert!(definition.contains(r#""wget","https://example.com/tool""#), "{definition}");
    assert_eq!(
        shown(find("fetch-tool").get("attributes").unwrap().get("fetch-artifact").unwrap()),
        r#""public/tool.bin""#
    );
    let Ok(PhaseGraph::TaskIds(morphed)) = block_on(generate(&world.inputs(), Phase::MorphedTaskGraph)) else {
        panic!("no graph")
    };
    for (id, task) in morphed.iter() {
        let tags = serde_json::to_string(task.definition.get("tags").unwrap()).unwrap();
        assert_eq!(tags == format!(r#"{{"id":"{id}"}}"#), task.kind.as_str() == "greet", "{tags}");
    }
}

#[test]
fn what_fields_are_given_must_be_of_use() {
    for (from, to, what) in [
        ("\"greeting\",", "\"greting\",", "no provider of values is called `greeting`"),
        ("{\"whom\": task[\"name\"] + \" on \" + config.params[\"level\"]}", "[1]", "to return values by name"),
        ("\"nightly\",", "\"nightl\",", "unknown index type `nightly`"),
        ("[\"index.nightly.\" + task[\"index\"][\"job-name\"]]", "[1]", "to return a list of routes"),
        ("\"wget\",", "\"wgett\",", "unknown fetch type `wget`"),
        ("\"artifact_name\"", "\"artifact\"", "unknown key `artifact`"),
    ] {
        let told = graph(&fields(&FIELDS.replacen(from, to, 1)), Phase::FullTaskGraph).unwrap_err();
        assert!(told[0].contains(what) && !told[0].starts_with("nowhere"), "{told:?}");
    }
    for (from, to, what) in [
        ("task.label: dict", "'x': dict", "changes `x`, which is not among the tasks"),
        ("dict(task.task, tags = {\"id\": task.task_id})", "1", "is to return definitions"),
    ] {
        let told = graph(&fields(&FIELDS.replacen(from, to, 1)), Phase::MorphedTaskGraph).unwrap_err();
        assert!(told[0].contains(what), "{told:?}");
    }
}
