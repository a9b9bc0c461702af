import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WrittenAddresses } from './folder.js';
import { createSmartRecruitersControlClient } from './smartrecruiters/control-client.js';

/** The two organizations of the sandbox; the first one is connected by the start. */
export const organizations = ['org-demo', 'org-other'] as const;

/** The demonstration's interview begins this long after the start and lasts this long. */
const beginsAfterMs = 75_000;
const lastsMs = 75_000;
const seed = 20;

export interface DemonstrationInput {
  api: string;
  identity: string;
  smartRecruiters: string;
  /** After the API is ready: it is asked like anybody else asks it. */
  say: (line: string) => void;
}

/**
 * Fills the two companies in the simulator, connects the first organization with one role on, and
 * schedules an interview that begins soon, so that whoever opens the page sees it joined, recorded
 * and ended. What an earlier start left is found again and kept.
 */
export async function prepareDemonstration(
  input: DemonstrationInput,
): Promise<WrittenAddresses['organizations']> {
  const control = createSmartRecruitersControlClient({ url: input.smartRecruiters });
  const [demo, other] = await Promise.all([
    control.seedCompany({
      name: 'Nordwind Robotics',
      jobs: 6,
      candidatesPerJob: 4,
      interviewsPerJob: 2,
      seed,
    }),
    control.seedCompany({
      name: 'Fernwerk Logistics',
      jobs: 4,
      candidatesPerJob: 3,
      interviewsPerJob: 1,
      seed,
    }),
  ]);
  const [demoOrg, otherOrg] = organizations;
  const api = createApiCaller(input, demoOrg);
  const { clientId, clientSecret } = demo.credential;
  const installation = await api<{ state: string; version: number }>('GET', '');
  if (installation.state === 'not_installed') {
    await api('PUT', '', { clientId, clientSecret });
    await api('PATCH', '/settings', { consent: { mode: 'external' } });
    input.say(`${demoOrg} is connected to Nordwind Robotics`);
  }
  const [job] = demo.jobs;
  // The first ones have an interview already; this candidate has none.
  const applicationId = job?.applicationIds.at(-1);
  if (job === undefined || applicationId === undefined) throw new Error('the seed made no job');
  await api('PUT', `/roles/${job.id}`, { enabled: true });

  // Whom the seed made over is not watched, and would not be invited.
  await control.changeApplicationStatus({ applicationId, status: 'INTERVIEW' });
  const startsAt = Date.now() + beginsAfterMs;
  const interview = await control.scheduleInterview({
    applicationId,
    location: 'Video call: https://meet.google.com/nrd-wind-dmo',
    timezone: 'Europe/Berlin',
    timeslots: [
      {
        startsOn: new Date(startsAt).toISOString(),
        endsOn: new Date(startsAt + lastsMs).toISOString(),
        interviewers: demo.userIds.slice(0, 2),
        title: `First interview: ${job.title}`,
        interviewType: 'Video interview',
      },
    ],
  });
  await api('POST', `/roles/${job.id}/refresh`);
  input.say(
    `interview ${interview.id} of "${job.title}" begins at ${new Date(startsAt).toLocaleTimeString()}`,
  );
  return [
    { orgId: demoOrg, connected: true, clientId, clientSecret },
    {
      orgId: otherOrg,
      connected: false,
      clientId: other.credential.clientId,
      clientSecret: other.credential.clientSecret,
    },
  ];
}

/** A bearer token of the sandbox's sign-in. */
export async function issueToken(input: {
  identity: string;
  orgId: string;
  role: string;
}): Promise<string> {
  const response = await fetch(`${input.identity}/_control/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ orgId: input.orgId, role: input.role }),
  });
  if (!response.ok) throw new Error(`the sign-in refused a token: ${await response.text()}`);
  return ((await response.json()) as { token: string }).token;
}

const tries = 5;

/** Calls the API as a careful client does: a command that could not be taken is sent again. */
function createApiCaller(input: Pick<DemonstrationInput, 'api' | 'identity'>, orgId: string) {
  return async <Answer>(method: string, path: string, body?: unknown): Promise<Answer> => {
    const token = await issueToken({ identity: input.identity, orgId, role: 'owner' });
    const idempotencyKey = randomUUID();
    for (let attempt = 1; ; attempt += 1) {
      const response = await fetch(
        `${input.api}/v1/organizations/${orgId}/smartrecruiters${path}`,
        {
          method,
          headers: {
            authorization: `Bearer ${token}`,
            'content-type': 'application/json',
            'idempotency-key': idempotencyKey,
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        },
      );
      if (response.ok) return (await response.json()) as Answer;
      const answer = await response.text();
      if (response.status !== 503 || attempt === tries) {
        throw new Error(`${method} ${path} answered ${response.status}: ${answer}`);
      }
      const retryAfterSeconds = Number(response.headers.get('retry-after') ?? 1);
      await sleep(Math.min(5, retryAfterSeconds) * 1_000);
    }
  };
}
