import { randomUUID } from 'node:crypto';
import { createInstallationActivities } from '../../activities/installation.js';
import { storeReading } from '../../activities/interviews/store-reading.js';
import type { VendorInterview, VendorJob } from '../../activities/smartrecruiters/vendor-types.js';
import { addApplicationRows, applicationRowId } from '../../activities/watching/work-list.js';
import type { Epochs, InterviewDoc, RoleDoc, WorkRow } from '../../common/read-model/documents.js';
import { type FenceKey, writeFence } from '../../common/read-model/fences.js';
import type {
  CommandRecord,
  InstallationSnapshot,
  Life,
  SessionKey,
} from '../../workflows/contracts/activities.js';
import { holderIdOf } from '../../workflows/contracts/ids.js';
import { defaultSettings, type Settings } from '../../workflows/contracts/settings.js';
import {
  createFakeDeps,
  type FakeDeps,
  openStore,
  type TestStore,
} from '../support/activity-deps.js';

export const minute = 60_000;
export const hour = 60 * minute;

/** Settings under which an interview needs no notice, so that a test is about something else. */
export const openSettings: Settings = {
  ...defaultSettings,
  consent: {
    ...defaultSettings.consent,
    mode: 'external',
    external: { declaredBy: 'owner', declaredAt: 1 },
  },
};

/** By which life a fence was written, and of an interview's fence whether a person said join. */
interface FenceSaid {
  joins: boolean;
  generation: string;
}

/** One organization that is installed, over a store of its own and fakes. */
export interface Stage {
  store: TestStore;
  deps: FakeDeps;
  life: Life;
  install(change?: Partial<InstallationSnapshot>): Promise<void>;
  fence(key: FenceKey, epoch: number, off: boolean, said?: Partial<FenceSaid>): Promise<void>;
  addRole(jobId: string, change?: Partial<RoleDoc>): Promise<void>;
  addApplication(applicant: Applicant, change?: Partial<WorkRow>): Promise<string>;
  /** Stores an interview as a reading would, and its application. */
  addInterview(interview: VendorInterview, change?: Partial<InterviewDoc>): Promise<InterviewDoc>;
  interview(interviewId: string): Promise<InterviewDoc>;
  row(applicant: Applicant): Promise<WorkRow>;
  session(interviewId: string): SessionKey;
  /** The room of an interview's only session. */
  roomOf(interviewId: string): Promise<string>;
  holder(interviewId: string): Promise<{ state: string; attempt: number; epochs: Epochs } | null>;
  close(): Promise<void>;
}

export interface Applicant {
  candidateId: string;
  jobId: string;
}

export function command(change: Partial<CommandRecord['meta']> = {}): CommandRecord {
  const commandId = change.commandId ?? randomUUID();
  return {
    meta: {
      commandId,
      bodyDigest: null,
      by: { subject: 'owner-1', role: 'owner' },
      at: Date.now(),
      ifVersion: null,
      ...change,
    },
    result: {
      commandId,
      bodyDigest: null,
      phase: 'active',
      version: 1,
      stopping: [],
      receiptId: null,
    },
  };
}

export function snapshot(change: Partial<InstallationSnapshot> = {}): InstallationSnapshot {
  return {
    phase: 'active',
    settings: openSettings,
    scopes: [],
    attentions: [],
    credentialRef: 'credential-1',
    version: 1,
    receiptId: null,
    ...change,
  };
}

export function vendorJob(jobId: string, change: Partial<VendorJob> = {}): VendorJob {
  return {
    jobId,
    title: `Title of ${jobId}`,
    refNumber: null,
    department: null,
    location: null,
    status: 'INTERVIEW',
    open: true,
    confidential: false,
    updatedAt: null,
    lastActivityAt: null,
    ...change,
  };
}

/** An interview with one timeslot and a meeting of its own, three minutes from now. */
export function vendorInterview(
  interviewId: string,
  change: Partial<VendorInterview> & {
    startsAt?: number;
    endsAt?: number;
    place?: string | null;
  } = {},
): VendorInterview {
  const { startsAt = Date.now() + 3 * minute, place, ...others } = change;
  const digits = interviewId
    .split('')
    .reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1e9, 7);
  return {
    interviewId,
    jobId: 'job-1',
    candidateId: 'candidate-1',
    candidateStatus: null,
    organizerId: null,
    timezone: 'Europe/Berlin',
    location: null,
    locationType: null,
    source: null,
    refUrl: null,
    status: null,
    createdAt: Date.now() - hour,
    timeslots: [
      {
        timeslotId: `slot-${interviewId}`,
        startsAt,
        endsAt: change.endsAt ?? startsAt + hour,
        interviewType: null,
        title: 'Talk',
        place:
          place === undefined ? `https://zoom.us/j/8${String(digits).padStart(10, '0')}` : place,
        interviewers: [{ userId: 'user-1', status: 'accepted' }],
        candidateStatus: null,
        noShow: false,
      },
    ],
    ...others,
  };
}

export function applicationIdOf({ candidateId, jobId }: Applicant): string {
  return `application-${candidateId}-${jobId}`;
}

export async function createStage(
  options: Parameters<typeof createFakeDeps>[1] = {},
): Promise<Stage> {
  const store = await openStore();
  const deps = await createFakeDeps(store, options);
  const life: Life = { orgId: `org-${randomUUID().slice(0, 8)}`, generation: 'life-1' };
  const { collections } = deps;

  const stage: Stage = {
    store,
    deps,
    life,
    async install(change = {}) {
      await collections.installations.collection.updateOne(
        { _id: life.orgId as never },
        { $setOnInsert: { ...snapshot({ version: 0 }), ...life, stopping: [], updatedAt: 0 } },
        { upsert: true },
      );
      await createInstallationActivities(deps).applyInstallationChange({
        ...life,
        snapshot: snapshot(change),
        fence: { kind: 'installation', off: false, epoch: 1 },
        command: null,
        event: 'installed',
        retiredCredentialRef: null,
      });
    },
    fence: (fence, epoch, off, said = {}) =>
      writeFence({ ...deps, ...life, fence, epoch, off, ...said }),
    async addRole(jobId, change = {}) {
      await collections.roles.collection.insertOne({
        _id: `${life.orgId}/${jobId}`,
        ...life,
        jobId,
        title: jobId,
        department: null,
        location: null,
        enabled: true,
        chosen: true,
        scheduled: 'include',
        enabledAt: Date.now() - hour,
        enabledBy: 'owner-1',
        epoch: 1,
        stopping: [],
        mailHold: null,
        mailHoldSince: null,
        removed: false,
        version: 1,
        ...change,
      } as never);
    },
    async addApplication(applicant, change = {}) {
      const applicationId = applicationIdOf(applicant);
      await addApplicationRows(collections, life, [
        { ...applicant, status: 'INTERVIEW', applicationId },
      ]);
      const _id = applicationRowId(life, applicant);
      if (Object.keys(change).length > 0) {
        await collections.applications.updateOne({ _id }, { $set: change });
      }
      return _id;
    },
    async addInterview(interview, change = {}) {
      const applicant = { candidateId: interview.candidateId ?? '', jobId: interview.jobId };
      const _id = await stage.addApplication(applicant);
      await collections.applications.updateOne({ _id }, { $set: { readSeq: 1 } });
      await storeReading(deps, {
        ...life,
        applicationId: applicationIdOf(applicant),
        candidateId: applicant.candidateId,
        interview,
        readSeq: 1,
        readAt: Date.now(),
        watched: true,
        excluded: false,
      });
      await collections.interviews.updateOne(
        { ...life, interviewId: interview.interviewId },
        { $set: change },
      );
      return await stage.interview(interview.interviewId);
    },
    async interview(interviewId) {
      const doc = await collections.interviews
        .findOne({ ...life, interviewId })
        .lean<InterviewDoc | null>();
      if (doc === null) throw new Error(`interview ${interviewId} is not stored`);
      return doc;
    },
    async row(applicant) {
      const row = await collections.applications
        .findOne({ _id: applicationRowId(life, applicant) })
        .lean<WorkRow | null>();
      if (row === null) throw new Error('the application is not on the work list');
      return row;
    },
    session: (interviewId) => ({ ...life, interviewId, sessionId: `slot-${interviewId}` }),
    async roomOf(interviewId) {
      const [planned] = (await stage.interview(interviewId)).plan;
      if (planned?.roomKey == null) throw new Error(`interview ${interviewId} has no room`);
      return planned.roomKey;
    },
    async holder(interviewId) {
      const rooms = await collections.claims.find({ orgId: life.orgId }).lean();
      const holderId = holderIdOf(stage.session(interviewId));
      return rooms.flatMap((room) => room.holders).find((one) => one.holderId === holderId) ?? null;
    },
    close: () => store.close(),
  };
  return stage;
}
