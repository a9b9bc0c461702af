import type { mongo } from 'mongoose';
import { appendChange } from '../../common/read-model/changes.js';
import type { JobDoc, RoleDoc } from '../../common/read-model/documents.js';
import { liftRoleFence } from '../../common/read-model/fences.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { Settings } from '../../workflows/contracts/settings.js';
import type { ActivityDeps } from '../deps.js';
import type { SmartRecruitersClient } from '../smartrecruiters/client.js';
import type { VendorJob } from '../smartrecruiters/vendor-types.js';
import { setRoleRows } from './work-list.js';

type CatalogueDeps = Pick<ActivityDeps, 'collections' | 'consistency'>;

export function jobDoc(life: Life, job: VendorJob, seenAt: number): JobDoc {
  return {
    _id: `${life.orgId}/${job.jobId}`,
    orgId: life.orgId,
    generation: life.generation,
    jobId: job.jobId,
    title: job.title,
    refNumber: job.refNumber,
    department: job.department,
    location: job.location,
    status: job.status,
    open: job.open,
    lastActivityAt: job.lastActivityAt,
    seenAt,
  };
}

/**
 * Reads the whole catalogue. A job that a complete listing no longer names is closed; an interrupted
 * listing closes nothing. A job with new activity has its role listed again soon: a hint, no proof.
 */
export async function readCatalogue(
  deps: CatalogueDeps,
  input: Life & { client: SmartRecruitersClient; settings: Settings; onPage: () => void },
): Promise<{ requests: number }> {
  const startedAt = Date.now();
  let requests = 0;
  let skipped = 0;
  for await (const page of input.client.listJobs({ lane: 'watch' })) {
    requests += 1;
    skipped += page.skipped;
    input.onPage();
    await hastenActiveRoles(deps, input, page.jobs);
    await storeJobs(deps, input, page.jobs, startedAt);
  }
  if (skipped === 0) {
    await deps.collections.jobs.updateMany(
      { orgId: input.orgId, seenAt: { $lt: startedAt }, open: true },
      { $set: { open: false } },
    );
  }
  if (input.settings.captureMode === 'import_all') await importOpenJobs(deps, input);
  await appendChange({ ...deps, orgId: input.orgId, kind: 'installation', key: input.orgId });
  return { requests };
}

async function storeJobs(
  deps: CatalogueDeps,
  life: Life,
  jobs: VendorJob[],
  seenAt: number,
): Promise<void> {
  if (jobs.length === 0) return;
  const writes = jobs.map((job): mongo.AnyBulkWriteOperation => {
    const { _id, ...fields } = jobDoc(life, job, seenAt);
    return {
      updateOne: { filter: { _id: _id as never }, update: { $set: fields }, upsert: true },
    };
  });
  await deps.collections.jobs.collection.bulkWrite(writes, { ordered: false });
}

async function hastenActiveRoles(
  deps: CatalogueDeps,
  life: Life,
  jobs: VendorJob[],
): Promise<void> {
  const known = await deps.collections.jobs
    .find({ _id: { $in: jobs.map((job) => `${life.orgId}/${job.jobId}`) } })
    .lean<JobDoc[]>();
  const before = new Map(known.map((job) => [job.jobId, job.lastActivityAt ?? 0]));
  for (const job of jobs) {
    const moved = before.has(job.jobId) && (job.lastActivityAt ?? 0) > (before.get(job.jobId) ?? 0);
    if (!moved) continue;
    await deps.collections.applications.collection.updateMany(
      { orgId: life.orgId, generation: life.generation, kind: 'listing', jobId: job.jobId },
      { $set: { nextCheckAt: Date.now() } },
    );
  }
}

/**
 * In `import_all` every open job is a role that is on; a role that an Owner turned off there is an
 * exception that stays.
 */
export async function importOpenJobs(deps: CatalogueDeps, life: Life): Promise<void> {
  const { collections } = deps;
  const open = await collections.jobs
    .find({ orgId: life.orgId, open: true, status: { $ne: 'ON_HOLD' } })
    .lean<JobDoc[]>();
  const roles = await collections.roles.find({ orgId: life.orgId }).lean<RoleDoc[]>();
  const known = new Map(roles.map((role) => [role.jobId, role]));
  for (const job of open) {
    const role = known.get(job.jobId);
    if (role?.enabled === true || role?.chosen === false) continue;
    if (role !== undefined) {
      await liftRoleFence({ ...deps, orgId: life.orgId, jobId: job.jobId, epoch: role.epoch });
    }
    const now = Date.now();
    await collections.roles.collection.updateOne(
      { _id: `${life.orgId}/${job.jobId}` as never, chosen: { $ne: false } },
      {
        $set: {
          orgId: life.orgId,
          generation: life.generation,
          jobId: job.jobId,
          title: job.title,
          department: job.department,
          location: job.location,
          enabled: true,
          enabledAt: now,
          enabledBy: 'import_all',
          scheduled: 'include',
          mailHold: 'counting',
          removed: false,
        },
        $setOnInsert: { chosen: null, epoch: 0, stopping: [] },
        $inc: { version: 1 },
      },
      { upsert: true },
    );
    await setRoleRows(collections, { ...life, jobId: job.jobId, active: true });
    await appendChange({ collections, orgId: life.orgId, kind: 'role', key: job.jobId });
  }
}
