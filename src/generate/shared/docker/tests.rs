//! Contexts compared with the reference's, and Dockerfiles that ask for something in vain.

use sha2::{Digest, Sha256};

use super::{context, tar, volumes};
use crate::diagnostics::{Diagnostic, Mistakes};
use crate::generate::testing::World;

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The digests are those of the reference's `create_context_tar` on the same files.
#[test]
fn a_context_has_the_reference_s_bytes() {
    let data: String = (0..20_000_u64).map(|i| format!("{} line {i}\n", i * i % 7919)).collect();
    let world =
        World::new(&[("taskcluster/docker/big/Dockerfile", "FROM x\n"), ("taskcluster/docker/big/data.txt", &data)]);
    let made = context(&world.run(), "taskcluster/docker/big", &[], Some("big.tar")).unwrap();
    assert_eq!(made.digest, "495461d562eef67a371884a251274f1151c20b485f88238e59969e53c974afa5");
    let archive = made.archive.unwrap();
    assert_eq!(&archive[..20], b"\x1f\x8b\x08\x08\x80\xc1\x85V\x02\xffbig.tar\0\xec\xbd");
    assert_eq!(sha256(&archive), "0a3b1ca492638103f82bf4da85d2f6e65c584738b17d4a84b70b5676eeac118f");
    assert_eq!(context(&world.run(), "taskcluster/docker/big", &[], None).unwrap().archive, None);
}

/// The digest is that of the reference's `create_tar_from_files` on the same files.
#[test]
fn an_archive_has_the_reference_s_bytes() {
    let mut bytes = Vec::new();
    let mut archive = tar::Writer::new(&mut bytes);
    archive.append(&format!("{}é.txt", "a/".repeat(60)), 0o10_0755, b"run").unwrap();
    archive.append("bin/x", 0o10_0755, b"run").unwrap();
    archive.finish().unwrap();
    assert_eq!(sha256(&bytes), "e9c8466db29adcb2dfa27148feb11ea3a46de6c38e61b0c03672aad614cd9622");
}

fn refused(files: &[(&str, &str)]) -> String {
    let world = World::new(files);
    let mistake: Diagnostic = context(&world.run(), "taskcluster/docker/x", &[("BASE", "debian")], None).unwrap_err();
    world.told(&mistake.into()).remove(0)
}

#[test]
fn what_a_dockerfile_asks_for_in_vain_is_shown_there() {
    let dockerfile = |text: &str| refused(&[("taskcluster/docker/x/Dockerfile", text)]);
    assert_eq!(dockerfile("FROM x\n# %ARG BSAE\n"), "2:1 missing argument `BSAE` (did you mean `BASE`?)");
    assert_eq!(dockerfile("# %include a/b\n"), "1:1 the path `a/b` to include does not exist");
    assert_eq!(dockerfile("# %include ../b\n"), "1:1 the path `../b` to include is outside of the repository");
    assert_eq!(dockerfile("# %include /b\n"), "1:1 the path `/b` to include must be relative to the repository");
    assert_eq!(
        dockerfile("\n# %include-run-task\n"),
        "2:1 cannot include `run-task` in an image: it comes with `taskcluster-taskgraph` (install that package from PyPI)"
    );
    assert!(refused(&[]).starts_with("0:0 cannot read `/tree/taskcluster/docker/x/Dockerfile`: "));
}

fn volumes_of(dockerfile: &str) -> Result<Vec<String>, String> {
    let kind = ("taskcluster/kinds/docker-image/kind.yml", "tasks: {image: {definition: x}, other: null}\n");
    let world = World::new(&[kind, ("taskcluster/docker/x/Dockerfile", dockerfile)]);
    let told = |mistakes: Mistakes| world.told(&mistakes).remove(0);
    volumes(&world.run(), "image").map(|volumes| volumes.iter().cloned().collect()).map_err(told)
}

#[test]
fn volumes_are_those_of_the_dockerfile() {
    assert_eq!(volumes_of("FROM x\n  VOLUME /b  /a \n#VOLUME /c\n").unwrap(), ["/a", "/b"]);
    assert_eq!(
        volumes_of("FROM x\nVOLUME [\"/a\"]\n").unwrap_err(),
        "2:1 a `VOLUME` in array form cannot be understood (write `VOLUME` and the paths, with blanks between them)"
    );
}
