import { setTimeout as delay } from 'node:timers/promises';
import type { Scope } from '../../../sandbox/smartrecruiters/records.js';
import {
  type SmartRecruitersSimulator,
  type SmartRecruitersSimulatorOptions,
  startSmartRecruitersSimulator,
} from '../../../sandbox/smartrecruiters/simulator.js';

export interface Reply {
  status: number;
  headers: Headers;
  body: unknown;
}

/** Sends one API request with the bearer and reads whatever comes back. */
export type Call = (
  path: string,
  options?: { method?: string; body?: unknown; token?: string },
) => Promise<Reply>;

export interface Started {
  simulator: SmartRecruitersSimulator;
  companyId: string;
  clientId: string;
  clientSecret: string;
  userId: string;
  jobId: string;
  candidateId: string;
  applicationId: string;
  call: Call;
  /** A token of another credential of the same company with these scopes only. */
  tokenWith(scopes: Scope[]): Promise<string>;
}

/** Limits so wide that a test about something else never meets them. */
export const wideLimits = {
  requestsPerSecond: 10_000,
  concurrentRequests: 1_000,
  concurrentCandidatesLists: 1_000,
};

export async function requestToken(options: {
  url: string;
  clientId: string;
  clientSecret: string;
}): Promise<string> {
  const response = await fetch(`${options.url}/identity/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: options.clientId,
      client_secret: options.clientSecret,
    }),
  });
  const { access_token: token } = (await response.json()) as { access_token: string };
  return token;
}

/** Starts a simulator with one company, one of everything in it, and a token. */
export async function startWithCompany(
  options: SmartRecruitersSimulatorOptions = {},
): Promise<Started> {
  const simulator = await startSmartRecruitersSimulator({ latencyMs: 0, ...options });
  const { control, url } = simulator;
  const { id: companyId } = await control.createCompany({ name: 'Northwind' });
  const { clientId, clientSecret } = await control.createCredential({ companyId });
  const user = await control.createUser({
    companyId,
    firstName: 'Ines',
    lastName: 'Vogel',
    email: 'ines.vogel@northwind.example',
  });
  const job = await control.createJob({
    companyId,
    title: 'Backend Engineer',
    hiringTeam: [{ userId: user.id, role: 'RECRUITER' }],
  });
  const candidate = await control.createCandidate({
    companyId,
    firstName: 'Jonas',
    lastName: 'Silva',
    email: 'jonas.silva@candidates.example',
  });
  const application = await control.createApplication({
    candidateId: candidate.id,
    jobId: job.id,
  });
  const token = await requestToken({ url, clientId, clientSecret });
  return {
    simulator,
    companyId,
    clientId,
    clientSecret,
    userId: user.id,
    jobId: job.id,
    candidateId: candidate.id,
    applicationId: application.id,
    async call(path, request = {}) {
      const response = await fetch(url + path, {
        method: request.method ?? 'GET',
        redirect: 'manual',
        headers: {
          authorization: `Bearer ${request.token ?? token}`,
          ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      });
      const text = await response.text();
      const json = response.headers.get('content-type')?.includes('json') === true;
      return {
        status: response.status,
        headers: response.headers,
        body: json ? (JSON.parse(text) as unknown) : text,
      };
    },
    async tokenWith(scopes) {
      return requestToken({ url, ...(await control.createCredential({ companyId, scopes })) });
    },
  };
}

/** Two future sessions, made in the vendor's UI unless told otherwise. */
export async function scheduleTwoSessions(
  started: Started,
  source: 'UI' | 'API' = 'UI',
): Promise<{ interviewId: string; timeslotIds: string[] }> {
  const interview = await started.simulator.control.scheduleInterview({
    applicationId: started.applicationId,
    location: 'https://example.zoom.us/j/81234567890',
    source,
    organizerId: started.userId,
    timeslots: [
      {
        startsOn: '2030-05-06T09:00:00.000Z',
        endsOn: '2030-05-06T09:30:00.000Z',
        interviewers: [started.userId],
        title: 'Phone screen',
      },
      { startsOn: '2030-05-06T10:00:00.000Z', endsOn: '2030-05-06T11:00:00.000Z' },
    ],
  });
  return { interviewId: interview.id, timeslotIds: interview.timeslots.map((slot) => slot.id) };
}

/** Waits for a condition; the test's own time limit is the limit. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(10);
}
