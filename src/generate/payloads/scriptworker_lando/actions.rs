//! What `scriptworker-lando` can be asked to do. The worker is handed each as it was written, but for dashes.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::generate::shared::as_written::AsWritten;
use crate::generate::shared::text::Text;
use crate::yaml::Node;

/// One of `worker.actions`: usually a single one of these keys. Other keys are allowed and mean nothing.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Action {
    /// Imports strings from a repository of localizations.
    #[serde(default)]
    pub(super) android_l10n_import: Option<AsWritten<AndroidL10nImport>>,
    /// Takes strings over from another branch.
    #[serde(default)]
    pub(super) android_l10n_sync: Option<AsWritten<AndroidL10nSync>>,
    /// Updates the revisions of localizations.
    #[serde(default)]
    pub(super) l10n_bump: Option<Vec<AsWritten<L10nBump>>>,
    /// Tags a revision. Needs a `shipping-product`, which tasks of `taskgraph` do not have.
    #[serde(default)]
    pub(super) tag: Option<AsWritten<Tag>>,
    /// Writes the next version into files.
    #[serde(default)]
    pub(super) version_bump: Option<VersionBump>,
    /// Merge day: bumps the version of the ESR branch.
    #[serde(default)]
    pub(super) esr_bump: Option<AsWritten<EsrBump>>,
    /// Merge day: bumps the version of the main branch.
    #[serde(default)]
    pub(super) main_bump: Option<AsWritten<MainBump>>,
    /// Merge day: makes late beta of early beta.
    #[serde(default)]
    pub(super) early_to_late_beta: Option<AsWritten<EarlyToLateBeta>>,
    /// Merge day: merges one branch into another.
    #[serde(default)]
    pub(super) uplift: Option<AsWritten<Uplift>>,
}

/// Action `android-l10n-sync`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct AndroidL10nSync {
    /// The branch the strings come from.
    from_branch: String,
    /// The files that say what is localized.
    toml_info: Vec<TomlToSync>,
}

/// A file that says what is localized.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct TomlToSync {
    /// Its path.
    toml_path: String,
}

/// Action `android-l10n-import`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct AndroidL10nImport {
    /// The repository the strings come from.
    from_repo_url: String,
    /// The files that say what is localized.
    toml_info: Vec<TomlToImport>,
}

/// A file that says what is localized, and where that goes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct TomlToImport {
    /// Its path.
    toml_path: String,
    /// Where the strings go.
    dest_path: String,
}

/// One of action `l10n-bump`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct L10nBump {
    /// A name for people.
    name: String,
    /// The file with the revisions.
    path: String,
    /// The repository of the localizations; the same for all of a task.
    pub(super) l10n_repo_url: Text,
    /// Its branch.
    l10n_repo_target_branch: String,
    /// Which platforms have which locales.
    platform_configs: Vec<PlatformConfig>,
    /// What is left out.
    #[serde(default)]
    ignore_config: Option<Node>,
}

/// Which locales some platforms have.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct PlatformConfig {
    /// The platforms.
    platforms: Vec<String>,
    /// The file with the locales.
    path: String,
    /// The format of that file.
    #[serde(default)]
    format: Option<String>,
}

/// Action `tag`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Tag {
    /// Which tags.
    types: Vec<TagType>,
    /// The revision that is tagged.
    revision: String,
    /// The Mercurial repository that is tagged as well; null for none.
    #[serde(deserialize_with = "Option::deserialize")]
    hg_repo_url: Option<String>,
}

/// A sort of tag.
#[derive(Debug, Deserialize, JsonSchema)]
enum TagType {
    /// `<PRODUCT>_<version>_BUILD<number>`
    #[serde(rename = "buildN")]
    Build,
    /// `<PRODUCT>_<version>_RELEASE`
    #[serde(rename = "release")]
    Release,
}

/// Action `version-bump`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct VersionBump {
    /// The files that hold the version.
    pub(super) bump_files: Vec<Text>,
}

/// A file that holds the version, and what becomes of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct BumpedFile {
    /// The file.
    filename: String,
    /// Which part of the version is counted up, such as `minor`.
    version_bump: String,
    /// What the version ends in then.
    #[serde(default)]
    new_suffix: Option<String>,
}

/// A file that holds the version, and what may become of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct VersionFile {
    /// The file.
    filename: String,
    /// Which part of the version is counted up, such as `minor`.
    #[serde(default)]
    version_bump: Option<String>,
    /// What the version ends in then.
    #[serde(default)]
    new_suffix: Option<String>,
}

/// Action `esr-bump`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct EsrBump {
    /// The branch.
    to_branch: String,
    /// The file that holds the version.
    fetch_version_from: String,
    /// The files that are changed.
    version_files: Vec<BumpedFile>,
    /// The revision of the branch; its newest if empty.
    #[serde(default)]
    to_revision: String,
}

/// Action `main-bump`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct MainBump {
    /// The branch.
    to_branch: String,
    /// The file that holds the version.
    fetch_version_from: String,
    /// The files that are changed.
    version_files: Vec<BumpedFile>,
    /// The revision of the branch; its newest if empty.
    #[serde(default)]
    to_revision: String,
    /// Texts that are replaced: file, old, new.
    #[serde(default)]
    replacements: Option<Vec<Vec<String>>>,
    /// The same with regular expressions.
    #[serde(default)]
    regex_replacements: Option<Vec<Vec<String>>>,
    /// A tag for the end of the cycle.
    #[serde(default)]
    end_tag: Option<String>,
}

/// Action `early-to-late-beta`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct EarlyToLateBeta {
    /// The branch.
    to_branch: String,
    /// The file that holds the version.
    fetch_version_from: String,
    /// The revision of the branch; its newest if empty.
    #[serde(default)]
    to_revision: String,
    /// Texts that are replaced: file, old, new.
    #[serde(default)]
    replacements: Option<Vec<Vec<String>>>,
}

/// Action `uplift`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Uplift {
    /// The file that holds the version.
    fetch_version_from: String,
    /// The files that are changed.
    version_files: Vec<VersionFile>,
    /// The branch that is merged.
    from_branch: String,
    /// The branch it is merged into.
    to_branch: String,
    /// The revision that is merged; the newest if empty.
    #[serde(default)]
    from_revision: String,
    /// The revision it is merged into; the newest if empty.
    #[serde(default)]
    to_revision: String,
    /// Texts that are replaced: file, old, new.
    #[serde(default)]
    replacements: Option<Vec<Vec<String>>>,
    /// A tag for the beginning of the cycle.
    #[serde(default)]
    base_tag: Option<String>,
    /// A tag for the end of the cycle.
    #[serde(default)]
    end_tag: Option<String>,
    /// The localizations that are updated.
    #[serde(default)]
    pub(super) l10n_bump_info: Option<Vec<AsWritten<L10nBump>>>,
}
