import { appendChange } from '../../common/read-model/changes.js';
import { isDuplicateKey } from '../../common/read-model/consistency.js';
import type { InstallationDoc, JobDoc, RoleDoc } from '../../common/read-model/documents.js';
import {
  fenceByCaptureMode,
  liftFencesOfCaptureMode,
  readFence,
} from '../../common/read-model/fences.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { ActivityDeps } from '../deps.js';
import { hastenRows, setRoleRows } from './work-list.js';

type ImportDeps = Pick<ActivityDeps, 'collections' | 'consistency'>;

const jobsImportedTogether = 20;
const rolesToldOneByOne = 200;

/**
 * In `import_all` every open job is a role that is on; a role that an Owner turned off there is an
 * exception that stays. The listing took its time: whether this is still the mode is asked now, and
 * what a command wrote after that has a higher epoch and is left alone.
 */
export async function importOpenJobs(deps: ImportDeps, input: Life): Promise<void> {
  const { collections } = deps;
  const { orgId } = input;
  // In this order: `choose_jobs` is stored before its fences are written, the one of the settings last.
  const settingsFence = await readFence({ ...deps, orgId, fence: { kind: 'settings' } });
  const upToEpoch = settingsFence?.epoch ?? 0;
  if (!(await importsNow(deps, input))) return;

  const open = await collections.jobs
    .find({ orgId, open: true, status: { $ne: 'ON_HOLD' } })
    .lean<JobDoc[]>();
  const roles = await collections.roles.find({ orgId }).lean<RoleDoc[]>();
  const known = new Map(roles.map((role) => [role.jobId, role]));
  const wanted = open.filter(({ jobId }) => known.get(jobId)?.chosen !== false);
  const jobIds = wanted.map(({ jobId }) => jobId);
  await liftFencesOfCaptureMode({ ...deps, orgId, jobIds, upToEpoch });

  const missing = wanted.filter(({ jobId }) => known.get(jobId)?.enabled !== true);
  const imported: string[] = [];
  for (let at = 0; at < missing.length; at += jobsImportedTogether) {
    const batch = missing.slice(at, at + jobsImportedTogether);
    const done = await Promise.all(
      batch.map(async (job) => ((await importJob(deps, input, job, upToEpoch)) ? [job.jobId] : [])),
    );
    imported.push(...done.flat());
  }
  await showRoles(deps, input, imported);
  if (!(await importsNow(deps, input))) await withdrawImports(deps, input);
}

/** Whether `import_all` is the mode that is stored, of an installation that is not ending. */
export async function importsNow(deps: ImportDeps, life: Life): Promise<boolean> {
  const installation = await deps.collections.installations
    .findOne({ _id: life.orgId, generation: life.generation }, null, deps.consistency.read)
    .lean<InstallationDoc | null>();
  return (
    installation !== null &&
    (installation.phase === 'active' || installation.phase === 'paused') &&
    installation.settings.captureMode === 'import_all'
  );
}

/** False when a newer command has had its say about the role. */
async function importJob(
  deps: ImportDeps,
  life: Life,
  job: JobDoc,
  upToEpoch: number,
): Promise<boolean> {
  const { collections } = deps;
  const { orgId, generation } = life;
  const { jobId } = job;
  try {
    await collections.roles.collection.updateOne(
      {
        _id: `${orgId}/${jobId}` as never,
        chosen: { $ne: false },
        enabled: { $ne: true },
        epoch: { $lte: upToEpoch },
      },
      {
        $set: {
          orgId,
          generation,
          jobId,
          title: job.title,
          department: job.department,
          location: job.location,
          enabled: true,
          enabledAt: Date.now(),
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
  } catch (error) {
    // The upsert met a role that the filter leaves alone.
    if (isDuplicateKey(error)) return false;
    throw error;
  }
  await setRoleRows(collections, { orgId, generation, jobId, active: true });
  // Its mails are counted once everything was read again.
  await hastenRows(collections, { orgId, generation, jobId });
  return true;
}

/**
 * Ends `import_all`, whose end must be stored already: roles return to what an Owner said of them
 * last, the others stay listed, off and fenced. A few writes, however many jobs there are; those who
 * wait for the command's answer wait for them.
 */
export async function endImport(deps: ImportDeps, input: Life & { epoch: number }): Promise<void> {
  const { collections } = deps;
  const { orgId, epoch } = input;
  // Jobs without a role, too: an import that is under way may be about to make one.
  const [jobs, roles] = await Promise.all([
    collections.jobs.find({ orgId, open: true }).lean<JobDoc[]>(),
    collections.roles.find({ orgId }).lean<RoleDoc[]>(),
  ]);
  const byPerson = new Set(roles.filter(({ chosen }) => chosen !== null).map(({ jobId }) => jobId));
  const jobIds = [...new Set([...jobs, ...roles].map(({ jobId }) => jobId))].filter(
    (jobId) => !byPerson.has(jobId),
  );
  await fenceByCaptureMode({ ...deps, ...input, jobIds });
  await withdrawImports(deps, input, { epoch });
}

/** Turns off the roles that only `import_all` had turned on, and takes them off the work list. */
export async function withdrawImports(
  deps: ImportDeps,
  life: Life,
  mark: { epoch?: number } = {},
): Promise<void> {
  const { collections } = deps;
  const { orgId, generation } = life;
  const imported = { orgId, enabled: true, chosen: null };
  const roles = await collections.roles.find(imported).lean<RoleDoc[]>();
  if (roles.length === 0) return;
  const jobIds = roles.map(({ jobId }) => jobId);
  const takeOff = () =>
    collections.applications.collection.updateMany(
      { orgId, generation, jobId: { $in: jobIds }, pinned: { $ne: true } },
      { $set: { active: false } },
    );
  // Before the roles, which are the mark of what is left to do, and after them: a listing that was
  // under way may have added rows while it still saw them on.
  await takeOff();
  await collections.roles.collection.updateMany(
    {
      ...imported,
      jobId: { $in: jobIds },
      ...(mark.epoch === undefined ? {} : { epoch: { $lt: mark.epoch } }),
    },
    { $set: { enabled: false, mailHold: null, ...mark }, $inc: { version: 1 } },
  );
  await takeOff();
  await showRoles(deps, life, jobIds);
}

/** Readers hear of so many roles one by one, and of the others with the installation. */
async function showRoles(deps: ImportDeps, life: Life, jobIds: readonly string[]): Promise<void> {
  const { collections } = deps;
  const { orgId } = life;
  await Promise.all(
    jobIds
      .slice(0, rolesToldOneByOne)
      .map((key) => appendChange({ collections, orgId, kind: 'role', key })),
  );
  if (jobIds.length > 0) {
    await appendChange({ collections, orgId, kind: 'installation', key: orgId });
  }
}
