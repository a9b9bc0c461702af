import { randomUUID } from 'node:crypto';
import { type Client, WithStartWorkflowOperation } from '@temporalio/client';
import { type Collections, collectionsOf } from '../../common/read-model/collections.js';
import type { ClaimDoc, InterviewDoc } from '../../common/read-model/documents.js';
import { credentialContext } from '../../common/sealed-fields.js';
import { createVault } from '../../common/vault.js';
import type { SeededCompany } from '../../sandbox/smartrecruiters/control.js';
import { installationWorkflowId } from '../../workflows/contracts/ids.js';
import {
  type CommandMeta,
  type CommandResult,
  choiceUpdate,
  connectUpdate,
  roleUpdate,
  settingsUpdate,
  uninstallUpdate,
} from '../../workflows/contracts/installation.js';
import type { ProtocolTimes } from '../../workflows/contracts/protocol-times.js';
import type { TaskQueues } from '../../workflows/contracts/task-queues.js';
import type { installation } from '../../workflows/installation.js';
import type { World } from './stack.js';

/** One organization of a world, commanded as the API would: by Updates of its installation. */
export interface Organization {
  orgId: string;
  company: SeededCompany;
  collections: Collections;
  connect(): Promise<CommandResult>;
  /** The organization gives notice itself, so that no bot waits for mails. */
  declareConsent(): Promise<CommandResult>;
  setRole(input: { jobId: string; enabled: boolean }): Promise<CommandResult>;
  choose(input: { interviewId: string; action: 'join' | 'skip' | 'reset' }): Promise<CommandResult>;
  uninstall(): Promise<CommandResult>;
  /** Resolves when the installation's workflow has closed. */
  closed(): Promise<unknown>;
  schedule(input: {
    applicationId: string;
    link: string;
    startsInMs: number;
    lastsMs: number;
  }): Promise<string>;
  interviews(): Promise<InterviewDoc[]>;
  claims(): Promise<ClaimDoc[]>;
}

function commandMeta(): CommandMeta {
  return {
    commandId: randomUUID(),
    bodyDigest: null,
    by: { subject: 'owner-1', role: 'owner' },
    at: Date.now(),
    ifVersion: null,
  };
}

export async function createOrganization(input: {
  world: World;
  client: Client;
  times: ProtocolTimes;
  taskQueues: TaskQueues;
  jobs?: number;
  candidatesPerJob?: number;
  interviewsPerJob?: number;
  /** A company that another organization is connected to as well, with the same credential. */
  company?: SeededCompany;
}): Promise<Organization> {
  const { world, client, times, taskQueues } = input;
  const { jobs = 1, candidatesPerJob = 1, interviewsPerJob = 0 } = input;
  const orgId = `org-${randomUUID().slice(0, 8)}`;
  const company =
    input.company ??
    (await world.smartRecruiters.control.seedCompany({
      ...{ name: orgId, seed: 1, jobs, candidatesPerJob, interviewsPerJob },
    }));
  const collections = collectionsOf({ database: world.database });
  const vault = createVault({ keys: world.config.keys.vault });
  const handle = client.workflow.getHandle<typeof installation>(installationWorkflowId({ orgId }));

  async function upload(): Promise<string> {
    const credentialRef = randomUUID();
    const { clientId, clientSecret } = company.credential;
    const plaintext = JSON.stringify({ clientId, clientSecret });
    await collections.credentials.collection.insertOne({
      _id: credentialRef as never,
      ...{ orgId, state: 'uploaded', budgetKey: `budget-${clientId}`, createdAt: Date.now() },
      expiresAt: new Date(Date.now() + 3_600_000),
      sealed: vault.seal({ plaintext, context: credentialContext(credentialRef) }),
    });
    return credentialRef;
  }

  return {
    orgId,
    company,
    collections,
    async connect() {
      const startWorkflowOperation = new WithStartWorkflowOperation<typeof installation>(
        'installation',
        {
          workflowId: installationWorkflowId({ orgId }),
          taskQueue: taskQueues.integration,
          workflowIdConflictPolicy: 'USE_EXISTING',
          args: [{ orgId, taskQueues, times, maxHistoryEvents: null, state: null }],
        },
      );
      const command = { meta: commandMeta(), credentialRef: await upload() };
      return await client.workflow.executeUpdateWithStart(connectUpdate, {
        startWorkflowOperation,
        args: [command],
      });
    },
    declareConsent: () =>
      handle.executeUpdate(settingsUpdate, {
        args: [{ meta: commandMeta(), patch: { consent: { mode: 'external' } } }],
      }),
    setRole: (change) =>
      handle.executeUpdate(roleUpdate, {
        args: [{ meta: commandMeta(), scheduled: 'include', ...change }],
      }),
    choose: (choice) =>
      handle.executeUpdate(choiceUpdate, {
        args: [{ meta: commandMeta(), sealedReason: null, sealedLink: null, ...choice }],
      }),
    uninstall: () => handle.executeUpdate(uninstallUpdate, { args: [{ meta: commandMeta() }] }),
    closed: () => handle.result(),
    async schedule({ applicationId, link, startsInMs, lastsMs }) {
      const startsAt = Date.now() + startsInMs;
      // Whom the seed made over is not watched, and would not be invited.
      const status = 'INTERVIEW' as const;
      await world.smartRecruiters.control.changeApplicationStatus({ applicationId, status });
      const { id } = await world.smartRecruiters.control.scheduleInterview({
        applicationId,
        location: link,
        timeslots: [
          {
            startsOn: new Date(startsAt).toISOString(),
            endsOn: new Date(startsAt + lastsMs).toISOString(),
            interviewers: company.userIds.slice(0, 1),
          },
        ],
      });
      return id;
    },
    interviews: () => collections.interviews.find({ orgId }).lean<InterviewDoc[]>(),
    claims: () => collections.claims.find({ orgId }).lean<ClaimDoc[]>(),
  };
}
