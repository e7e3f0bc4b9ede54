//! `kind-graph`: which kinds need which.

use clap::Args;

use super::Outcome;
use super::arguments::{Logging, Root};
use super::exit::Exit;
use super::failure::Failure;
use super::output::{print, tell, write};
use super::session::Session;
use super::world::{Push, World};
use crate::generate::context::GenerateOptions;
use crate::generate::kinds::KindGraph;
use crate::generate::{Phase, PhaseGraph, generate};
use crate::model::KindName;
use crate::yaml::{Map, Node};

/// Which kinds to show.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    root: Root,
    #[command(flatten)]
    pub(super) logging: Logging,
    /// Parameters: a file, a URL, `project=NAME`, `task-id=ID` or `index=PATH`
    #[arg(short, long, value_name = "SPEC")]
    parameters: Option<String>,
    /// Write to a file
    #[arg(short, long, value_name = "FILE")]
    output_file: Option<String>,
    /// Only this kind, and what it depends on; may be repeated
    #[arg(short = 'k', long = "target-kind", value_name = "KIND")]
    target_kinds: Vec<String>,
}

/// Shows the kinds as a Mermaid flowchart.
pub(super) fn run(session: &Session, arguments: &Arguments) -> Outcome {
    let text = mermaid(&session.wait(kinds(session, arguments))?) + "\n";
    match &arguments.output_file {
        None => print(&text)?,
        Some(path) => {
            write(path, &text)?;
            tell(&format!("Kind graph written to {path}"));
        }
    }
    Ok(Exit::Done)
}

async fn kinds(session: &Session, arguments: &Arguments) -> Result<KindGraph, Failure> {
    let (world, warnings) = (World::new(session), &session.warnings);
    let kinds: Node = arguments.target_kinds.iter().map(String::as_str).collect();
    let overrides = Map::from([("target-kinds", kinds)]);
    let tree = world.tree(arguments.root.path(), &World::looking(), warnings)?;
    let parameters = world.parameters(arguments.parameters.as_deref(), &tree, &overrides, warnings).await?;
    let push = Push::new(&world, tree, parameters, None, GenerateOptions::default());
    match generate(&push.inputs(&world, warnings, true), Phase::KindGraph).await? {
        PhaseGraph::Kinds(kinds) => Ok(kinds),
        PhaseGraph::Labels(_) | PhaseGraph::TaskIds(_) => unreachable!("the phase of kinds makes kinds"),
    }
}

fn mermaid(kinds: &KindGraph) -> String {
    let id = |kind: &str| kind.replace('-', "_");
    let nodes = kinds.kinds.iter().map(|kind| format!("    {}[{kind}]", id(kind.as_str())));
    let arrow =
        |(kind, needed): &(KindName, KindName)| format!("    {} --> {}", id(needed.as_str()), id(kind.as_str()));
    let edges = kinds.edges.iter().map(arrow);
    std::iter::once("flowchart TD".to_owned()).chain(nodes).chain(edges).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_lead_from_what_is_needed() {
        let kinds = KindGraph {
            kinds: ["docker-image".into(), "test".into()].into(),
            edges: [("test".into(), "docker-image".into())].into(),
        };
        insta::assert_snapshot!(mermaid(&kinds), @r"
        flowchart TD
            docker_image[docker-image]
            test[test]
            docker_image --> test
        ");
    }
}
