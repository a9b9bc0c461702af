import type { Collections } from '../../common/read-model/collections.js';
import { type Database, pingDatabase } from '../../common/read-model/connection.js';
import type { InterviewDoc, JobDoc, RoleDoc } from '../../common/read-model/documents.js';
import { artifactDocId } from '../../workflows/contracts/artifacts.js';
import { countByReason } from './figures.js';
import type { After, InterviewFilter, Page, PageInput, ReadModel, Scope } from './read-model.js';
import { storeCall } from './store-call.js';

/** Interviews that are looked through for one page when a filter cannot be part of the query. */
const scanLimit = 2_000;

/** The read model in MongoDB: plain lean reads, in words that the stand-in understands too. */
export function createMongoReadModel({
  database,
  collections,
}: {
  database: Database;
  collections: Collections;
}): ReadModel {
  const { installations, jobs, roles, applications, interviews, commands } = collections;
  const { changes, receipts, audit_events: auditEvents, credentials } = collections;
  const { artifacts, provider_leases: leases, watch_reports: reports, subscriptions } = collections;

  const model: ReadModel = {
    installation: async ({ orgId }) => await installations.findOne({ _id: orgId, orgId }).lean(),

    async counts({ orgId, generation, now }) {
      const scope = { orgId, generation };
      const [jobCount, roleCount, enabledRoles, watchedApplications, upcomingInterviews] =
        await Promise.all([
          jobs.countDocuments(scope),
          roles.countDocuments({ ...scope, removed: false }),
          roles.countDocuments({ ...scope, removed: false, enabled: true }),
          applications.countDocuments({ ...scope, active: true, ...watchedRows }),
          interviews.countDocuments({ ...scope, ...upcoming(now) }),
        ]);
      return {
        jobs: jobCount,
        roles: roleCount,
        enabledRoles,
        watchedApplications,
        upcomingInterviews,
      };
    },

    watchReport: async ({ orgId, generation }) =>
      await reports.findOne({ _id: orgId, orgId, generation }).lean(),

    subscription: async ({ orgId, generation }) =>
      await subscriptions.findOne({ _id: `${orgId}/${generation}`, orgId, generation }).lean(),

    async catalogueReadAt({ orgId, generation }) {
      const row = await applications
        .findOne({ orgId, generation, kind: 'catalogue', lastReadAt: { $ne: null } })
        .sort({ lastReadAt: -1 })
        .lean();
      return row?.lastReadAt ?? null;
    },

    async jobs({ orgId, generation, after, limit, q, department, location }) {
      const rows = await jobs
        .find({
          orgId,
          generation,
          ...containing('title', q),
          ...(department === null ? {} : { department }),
          ...(location === null ? {} : { location }),
          ...afterTitle(after),
        })
        .sort({ title: 1, _id: 1 })
        .limit(limit + 1)
        .lean();
      return pageBy({ rows, limit, sort: (job: JobDoc) => job.title });
    },

    async roles({ orgId, generation, after, limit, q, enabled }) {
      const rows = await roles
        .find({
          orgId,
          generation,
          removed: false,
          ...containing('title', q),
          ...(enabled === null ? {} : { enabled }),
          ...afterTitle(after),
        })
        .sort({ title: 1, _id: 1 })
        .limit(limit + 1)
        .lean();
      return pageBy({ rows, limit, sort: (role: RoleDoc) => role.title });
    },

    role: async ({ orgId, generation, jobId }) =>
      await roles.findOne({ orgId, generation, jobId }).lean(),

    async upcomingByJob({ orgId, generation, jobIds, now }) {
      const counted = await interviews.aggregate<{ _id: string; count: number }>([
        { $match: { orgId, generation, jobId: { $in: jobIds }, ...upcoming(now) } },
        { $group: { _id: '$jobId', count: { $sum: 1 } } },
      ]);
      return new Map(counted.map(({ _id, count }) => [_id, count]));
    },

    interviews: async (input) => await interviewPage(input),

    interview: async ({ orgId, generation, interviewId }) =>
      await interviews.findOne({ orgId, generation, interviewId }).lean(),

    artifact: async ({ now, ...key }) =>
      await artifacts
        .findOne({
          _id: artifactDocId(key),
          orgId: key.orgId,
          expiresAt: { $gt: new Date(now) },
        })
        .lean(),

    hasOptedOut: async ({ orgId, userHash }) =>
      (await collections.opt_outs.exists({ _id: `${orgId}/${userHash}`, orgId })) !== null,

    async captures({ orgId, generation, since, now }) {
      const rows = await interviews
        .find({ orgId, generation, startsAt: { $gte: since, $lte: now } })
        .select({ progress: 1 })
        .lean();
      const ended = rows.flatMap((row) => Object.values(row.progress ?? {}));
      const missed = ended.filter(({ outcome }) => outcome === 'missed');
      return {
        captured: ended.filter(({ outcome }) => outcome === 'captured').length,
        missed: missed.length,
        missedByReason: countByReason(missed),
      };
    },

    async budgetUse({ orgId, credentialRef, now }) {
      const credential = await credentials
        .findOne({ _id: credentialRef, orgId })
        .select({ budgetKey: 1 })
        .lean();
      if (credential === null) return null;
      const lease = await leases.findOne({ _id: credential.budgetKey }).lean();
      const blockedUntil = lease?.blockedUntil ?? 0;
      return {
        inFlight: lease?.leases.filter(({ until }) => until > now).length ?? 0,
        blockedUntil: blockedUntil > now ? blockedUntil : null,
        slowFactor: lease !== null && lease.slowUntil > now ? lease.slowFactor : 1,
      };
    },

    command: async ({ orgId, commandId, now }) =>
      await commands
        .findOne({ _id: `${orgId}/${commandId}`, orgId, expiresAt: { $gt: new Date(now) } })
        .lean(),

    receipt: async ({ orgId, receiptId, now }) =>
      await receipts.findOne({ _id: receiptId, orgId, expiresAt: { $gt: new Date(now) } }).lean(),

    async audit({ orgId, after, limit }) {
      const rows = await auditEvents
        .find({ orgId, ...(after === null ? {} : { seq: { $lt: Number(after.sort) } }) })
        .sort({ seq: -1 })
        .limit(limit + 1)
        .lean();
      return pageBy({ rows, limit, sort: ({ seq }) => seq });
    },

    changesAfter: async ({ orgId, seq, limit, now }) =>
      await changes
        .find({ orgId, seq: { $gt: seq }, expiresAt: { $gt: new Date(now) } })
        .sort({ seq: 1 })
        .limit(limit)
        .lean(),

    async changeRange({ orgId, now }) {
      const kept = { orgId, expiresAt: { $gt: new Date(now) } };
      const [oldest, newest] = await Promise.all([
        changes.findOne(kept).sort({ seq: 1 }).lean(),
        changes.findOne(kept).sort({ seq: -1 }).lean(),
      ]);
      return oldest === null || newest === null ? null : { oldest: oldest.seq, newest: newest.seq };
    },

    isReachable: async () => await pingDatabase({ database }),
  };

  /**
   * Progress is kept by session id, which no query can reach into without knowing the ids: state
   * and outcome are looked for in what the rest of the filter finds, a bounded number at a time.
   */
  async function interviewPage(
    input: Scope & PageInput & InterviewFilter,
  ): Promise<Page<InterviewDoc>> {
    const { limit, state, outcome } = input;
    if (state === null && outcome === null) {
      const rows = await findInterviews({ ...input, limit: limit + 1 });
      return pageBy({ rows, limit, sort: ({ startsAt }) => startsAt });
    }
    const items: InterviewDoc[] = [];
    let after = input.after;
    for (let scanned = 0; scanned < scanLimit; ) {
      const batch = 200;
      const rows = await findInterviews({ ...input, after, limit: batch });
      scanned += rows.length;
      for (const row of rows) {
        after = { sort: row.startsAt, id: row._id };
        if (hasSession({ row, state, outcome })) items.push(row);
        if (items.length === limit) return { items, next: after };
      }
      if (rows.length < batch) return { items, next: null };
    }
    return { items, next: after };
  }

  async function findInterviews(
    input: Scope & PageInput & InterviewFilter,
  ): Promise<InterviewDoc[]> {
    const { orgId, generation, jobId, from, to, verdict, after } = input;
    const range = {
      ...(from === null ? {} : { $gte: from }),
      ...(to === null ? {} : { $lt: to }),
    };
    const filter = {
      orgId,
      generation,
      ...(jobId === null ? {} : { jobId }),
      ...(verdict === null ? {} : { 'decision.verdict': verdict }),
      ...(from === null && to === null ? {} : { startsAt: range }),
      ...(after === null
        ? {}
        : {
            $or: [
              { startsAt: { $gt: Number(after.sort) } },
              { startsAt: Number(after.sort), _id: { $gt: after.id } },
            ],
          }),
    };
    return await interviews.find(filter).sort({ startsAt: 1, _id: 1 }).limit(input.limit).lean();
  }

  return guarded(model);
}

/** Every read of the model through `storeCall`. */
function guarded(model: ReadModel): ReadModel {
  return new Proxy(model, {
    get(target, name, receiver) {
      const found: unknown = Reflect.get(target, name, receiver);
      if (typeof found !== 'function') return found;
      return (input: unknown) => storeCall(async () => await Reflect.apply(found, target, [input]));
    },
  });
}

const watchedRows = { kind: { $in: ['application', 'resolve'] }, tier: { $ne: 'done' } } as const;

function upcoming(now: number) {
  return { endsAt: { $gt: now }, goneAt: null };
}

function containing(field: 'title', text: string | null) {
  if (text === null) return {};
  const escaped = text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`);
  return { [field]: { $regex: escaped, $options: 'i' } };
}

function afterTitle(after: After | null) {
  if (after === null) return {};
  const title = String(after.sort);
  return { $or: [{ title: { $gt: title } }, { title, _id: { $gt: after.id } }] };
}

/** `rows` holds one more than the page when there is a further one. */
function pageBy<T extends { _id: string }>(input: {
  rows: T[];
  limit: number;
  sort: (row: T) => string | number;
}): Page<T> {
  const items = input.rows.slice(0, input.limit);
  const last = items.at(-1);
  const isMore = input.rows.length > input.limit && last !== undefined;
  return { items, next: isMore ? { sort: input.sort(last), id: last._id } : null };
}

function hasSession(input: {
  row: InterviewDoc;
  state: InterviewFilter['state'];
  outcome: InterviewFilter['outcome'];
}): boolean {
  const { row, state, outcome } = input;
  const progress = Object.values(row.progress ?? {});
  const begun = new Set(progress.map(({ sessionId }) => sessionId));
  const isWaiting = row.plan.some(({ sessionId }) => !begun.has(sessionId));
  // A session that nobody has begun waits and has no outcome.
  if (isWaiting && outcome === null && state === 'waiting') return true;
  return progress.some(
    (session) =>
      (state === null || session.state === state) &&
      (outcome === null || session.outcome === outcome),
  );
}
