//! The queue: tasks, their groups, their runs, their artifacts, and the workers that run them.

mod artifacts;
mod changes;
mod claims;
pub(crate) mod create;
mod downloads;
pub(crate) mod groups;
mod pools;
mod reports;
pub(crate) mod resolution;
mod tasks;
mod workers;

use super::{PRINTABLE, SLUGID};
use crate::local::api::Service;

/// Ids of provisioners, worker types, groups and workers.
const GENERIC_ID: &str = "^[a-zA-Z0-9-_]{1,38}$";

pub(super) const SERVICE: Service = Service {
    name: "queue",
    operations: &[
        ("artifact", downloads::artifact),
        ("artifactInfo", downloads::artifact_info),
        ("cancelTask", changes::cancel_task),
        ("cancelTaskGroup", groups::cancel_task_group),
        ("changeTaskGroupPriority", groups::change_task_group_priority),
        ("changeTaskPriority", changes::change_task_priority),
        ("claimTask", claims::claim_task),
        ("claimWork", claims::claim_work),
        ("createArtifact", artifacts::create_artifact),
        ("createTask", create::create_task),
        ("declareWorker", workers::declare_worker),
        ("finishArtifact", artifacts::finish_artifact),
        ("getArtifact", downloads::get_artifact),
        ("getLatestArtifact", downloads::get_latest_artifact),
        ("getProvisioner", pools::get_provisioner),
        ("getTaskGroup", groups::get_task_group),
        ("getTaskQueue", pools::get_task_queue),
        ("getWorker", workers::get_worker),
        ("getWorkerType", pools::get_worker_type),
        ("latestArtifact", downloads::latest_artifact),
        ("latestArtifactInfo", downloads::latest_artifact_info),
        ("listArtifacts", downloads::list_artifacts),
        ("listClaimedTasks", pools::list_claimed_tasks),
        ("listDependentTasks", tasks::list_dependent_tasks),
        ("listLatestArtifacts", downloads::list_latest_artifacts),
        ("listPendingTasks", pools::list_pending_tasks),
        ("listProvisioners", pools::list_provisioners),
        ("listTaskGroup", groups::list_task_group),
        ("listTaskQueues", pools::list_task_queues),
        ("listWorkerTypes", pools::list_worker_types),
        ("listWorkers", workers::list_workers),
        ("pendingTasks", pools::pending_tasks),
        ("quarantineWorker", workers::quarantine_worker),
        ("reclaimTask", claims::reclaim_task),
        ("reportCompleted", reports::report_completed),
        ("reportException", reports::report_exception),
        ("reportFailed", reports::report_failed),
        ("rerunTask", changes::rerun_task),
        ("scheduleTask", changes::schedule_task),
        ("sealTaskGroup", groups::seal_task_group),
        ("status", tasks::status),
        ("statuses", tasks::statuses),
        ("task", tasks::task),
        ("taskQueueCounts", pools::task_queue_counts),
        ("tasks", tasks::tasks),
    ],
    not_served: &[],
    params: &[
        ("taskId", SLUGID),
        ("taskGroupId", SLUGID),
        ("taskQueueId", r"^[a-zA-Z0-9-_]{1,38}\/[a-z]([-a-z0-9]{0,36}[a-z0-9])?$"),
        ("provisionerId", GENERIC_ID),
        ("workerType", GENERIC_ID),
        ("workerGroup", GENERIC_ID),
        ("workerId", GENERIC_ID),
        ("runId", "^[1-9]*[0-9]+$"),
        ("name", PRINTABLE),
    ],
};

/// A pool's `<provisionerId>/<workerType>` in its two halves.
fn split_queue_id(task_queue_id: &str) -> (&str, &str) {
    task_queue_id.split_once('/').unwrap_or((task_queue_id, ""))
}

pub(super) use downloads::latest_artifact_url;
