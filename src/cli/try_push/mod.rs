//! `try`: a push from a developer's checkout that says which tasks it wants.

mod arguments;
mod asked;
mod history;
mod picker;
mod shown;

use std::io::IsTerminal as _;
use std::mem::ManuallyDrop;

pub(super) use self::arguments::Arguments;
use self::arguments::Common;
use self::asked::Asking;
use self::shown::{Cost, Shown};
use super::Outcome;
use super::exit::Exit;
use super::failure::Failure;
use super::output::print;
use super::session::Session;
use super::world::{Push, World};
use crate::carriers::{self, Carried, Found};
use crate::clients::proposer_at;
use crate::generate::context::GenerateOptions;
use crate::generate::{Target, generate_full, kept, request, target};
use crate::model::{CarrierName, LabelGraph, TryConfig, TryTaskConfig};
use crate::sources::proposal::{Destination, Proposal};
use crate::sources::repository::RepositoryKind;
use crate::yaml::{Map, Node};

/// The project, the remote and the branch where `config.yml` does not say them.
const TRY: &str = "try";

/// The level of what anybody may push to.
const LEVEL: &str = "1";

/// How many tasks are pushed without asking where `config.yml` does not say it.
const ASK_ABOVE: usize = 1000;

/// Selects tasks in the checkout, shows them, and pushes a commit that asks for them.
pub(super) fn run(session: &Session, arguments: &Arguments) -> Outcome {
    session.wait(act(session, arguments))
}

async fn act(session: &Session, arguments: &Arguments) -> Outcome {
    let (how, common) = arguments.parts();
    let (world, warnings) = (World::new(session), &session.warnings);
    let repository = world.repository()?;
    refuse_uncommitted(common, repository.is_clean()?)?;
    let tree = world.tree(common.root.path(), &World::looking(), warnings)?;
    let config = tree.graph_config.try_config().clone();
    let project = config.project.clone().unwrap_or_else(|| TRY.to_owned());
    let carrier = carrier(&config, common, &project, repository.kind())?;
    let parameters =
        world.parameters(common.parameters.as_deref(), &tree, &overrides(&world, common, &project), warnings).await?;
    let mut push = Push::new(&world, tree, parameters, None, GenerateOptions::default());
    let mut full = kept::full_task_graph(&push.inputs(&world, warnings, true), &world.shelf()).await?;
    let asking = Asking { session, run: &push.run_context(&world, warnings), full: &full };
    let Some(request) = asking.request(how, common, carrier)? else { return Ok(Exit::Done) };
    if may_change_tasks(&request) {
        // Templates see whole tasks.
        full = generate_full(&push.inputs(&world, warnings, true)).await?;
    }
    push.parameters = asked_for(&push, carrier, &request)?;
    // They are not taken apart: there may be many tasks, and the program ends here.
    let graphs = ManuallyDrop::new(selected(&world, &push, full)?);
    let (full, target) = &*graphs;
    let cost = Cost::of(full, target);
    let load = carriers::write(carrier, &request).map_err(|why| {
        Failure::refused(format!("`{}` cannot carry this: {why}", carrier.name()), "use another --carrier")
    })?;
    let proposal = Proposal { message: message(common, how.name()), load };
    print(&Shown { target, cost: &cost, carrier, proposal: &proposal }.to_string())?;
    if common.no_push {
        print("Nothing is pushed.\n")?;
        return Ok(Exit::Done);
    }
    let limit = config.ask_above.unwrap_or(ASK_ABOVE);
    if cost.tasks() > limit && !common.yes && !confirmed(cost.tasks(), limit)? {
        return Ok(Exit::Wrong);
    }
    let to = destination(&config, common);
    let proposer = proposer_at(&session.current_directory).expect("the repository was found before");
    let revision = proposer.propose(&proposal, &to)?;
    print(&links(&push, &config, &project, &revision, &proposer.url_of(&to.remote)?))?;
    history::remember(session, &request);
    Ok(Exit::Done)
}

/// What is known of the push; not where parameters are given.
fn overrides(world: &World<'_>, common: &Common, project: &str) -> Map {
    if common.parameters.is_some() {
        return Map::new();
    }
    let mut known = world.today();
    known.extend([("project", Node::new(project)), ("level", Node::new(LEVEL))]);
    known
}

/// Whether the push may change tasks, and not only say which of them run.
fn may_change_tasks(request: &TryTaskConfig) -> bool {
    let says_more = request.selects.syntax.is_some() || request.selects.preset.is_some();
    says_more || !request.changes.is_empty() || !request.for_some.is_empty()
}

fn refuse_uncommitted(common: &Common, is_clean: bool) -> Result<(), Failure> {
    if is_clean || common.no_push || common.without_changes {
        return Ok(());
    }
    let help = "commit them, or push without them with `--without-changes`";
    Err(Failure::refused("the checkout has changes that are not committed, and would not be pushed".into(), help))
}

/// What carries the request: what is asked for, else what `config.yml` says, else the first it allows that the
/// repository can hold.
fn carrier(config: &TryConfig, common: &Common, project: &str, kind: RepositoryKind) -> Result<CarrierName, Failure> {
    if !config.honours_any(project) {
        let message = format!("`config.yml` lets no push of project `{project}` ask for tasks");
        return Err(Failure::refused(message, "name the carriers that count in `try.carriers`, such as `[trailers]`"));
    }
    let holds = |carrier: &CarrierName| match carrier {
        CarrierName::HgExtras => kind == RepositoryKind::Hg,
        CarrierName::Note => kind == RepositoryKind::Git,
        // It can say little of what is asked for here.
        CarrierName::TryLine => config.carriers.len() == 1,
        CarrierName::Trailers | CarrierName::TryTaskConfig => true,
    };
    let wanted = common.carrier.or(config.carrier);
    let chosen = wanted.or_else(|| config.carriers.iter().copied().find(holds)).unwrap_or(config.carriers[0]);
    if config.honours(chosen, project) {
        return Ok(chosen);
    }
    let names: Vec<&str> = config.carriers.iter().map(|carrier| carrier.name()).collect();
    let message = format!("carrier `{}` is not honoured on project `{project}`", chosen.name());
    Err(Failure::refused(
        message,
        &format!("`try.carriers` of config.yml allows {}", crate::diagnostics::quoted(&names)),
    ))
}

/// The parameters that the decision will have.
fn asked_for(
    push: &Push<'_>,
    carrier: CarrierName,
    request: &TryTaskConfig,
) -> Result<crate::model::Parameters, Failure> {
    let found = Found { request: Some(request.clone()), ..Found::default() };
    let carried = Carried { by: Some((carrier, found)), notes: Vec::new() };
    let mut document = push.parameters.document().clone();
    document.extend(carried.to_parameters());
    Ok(crate::model::Parameters::from_document(document)?)
}

/// The graph as the push changes it, and what it targets.
fn selected(world: &World<'_>, push: &Push<'_>, full: LabelGraph) -> Result<(LabelGraph, Target), Failure> {
    let inputs = push.inputs(world, &world.session.warnings, true);
    let full = request::applied(&inputs.run, full)?;
    let target = target(&inputs, &full)?;
    Ok((full, target))
}

fn message(common: &Common, how: &str) -> String {
    common.message.clone().unwrap_or_else(|| format!("Ask for tasks with `pushgraph try {how}`"))
}

fn destination(config: &TryConfig, common: &Common) -> Destination {
    let or_try = |given: &Option<String>, configured: &Option<String>| {
        given.clone().or_else(|| configured.clone()).unwrap_or_else(|| TRY.to_owned())
    };
    Destination { remote: or_try(&common.remote, &config.remote), branch: or_try(&common.branch, &config.branch) }
}

/// Where to see what becomes of the push.
fn links(push: &Push<'_>, config: &TryConfig, project: &str, revision: &str, url: &str) -> String {
    let mut lines = format!("Pushed {revision} to {url}\n");
    if let Some(treeherder) = &config.treeherder {
        let treeherder = treeherder.trim_end_matches('/');
        lines += &format!("Treeherder: {treeherder}/jobs?repo={project}&revision={revision}\n");
    }
    let root_url = config.taskcluster.as_ref().or(push.root_url());
    if let Some(root_url) = root_url {
        let (root_url, domain) = (root_url.trim_end_matches('/'), &push.tree.graph_config.trust_domain);
        lines += &format!(
            "Taskcluster: {root_url}/tasks/index/{domain}.v2.{project}.revision.{revision}.taskgraph/decision\n"
        );
    }
    lines
}

/// Whether the user wants so many tasks.
fn confirmed(tasks: usize, limit: usize) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        let message = format!("{tasks} tasks are more than the {limit} that are pushed without asking");
        return Err(Failure::refused(message, "`--yes` pushes them; `try.ask-above` of config.yml is the limit"));
    }
    print(&format!("{tasks} tasks are more than {limit}. Push? [y/N]: "))?;
    let mut answer = String::new();
    std::io::stdin()
        .read_line(&mut answer)
        .map_err(|error| Failure::refused(format!("cannot read the answer: {error}"), "`--yes` needs none"))?;
    Ok(answer.trim().eq_ignore_ascii_case("y"))
}
