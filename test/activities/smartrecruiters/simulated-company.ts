import {
  createSmartRecruitersClient,
  type SmartRecruitersClient,
} from '../../../activities/smartrecruiters/client.js';
import { createMemoryRateLimiter } from '../../../activities/smartrecruiters/rate-limiter.js';
import {
  type SmartRecruitersSimulator,
  startSmartRecruitersSimulator,
} from '../../../sandbox/smartrecruiters/simulator.js';

export interface SimulatedCompany {
  simulator: SmartRecruitersSimulator;
  companyId: string;
  clientId: string;
  clientSecret: string;
  jobId: string;
  candidateId: string;
  applicationId: string;
  userId: string;
  interviewId: string;
  /** Moves the vendor's clock, which ends tokens. */
  advance(ms: number): void;
  client(
    overrides?: Partial<Parameters<typeof createSmartRecruitersClient>[0]>,
  ): SmartRecruitersClient;
}

export const startsOn = '2026-12-01T10:00:00.000Z';
export const endsOn = '2026-12-01T11:00:00.000Z';

/** A simulator with one company, one job, one candidate and one interview. */
export async function simulateCompany(): Promise<SimulatedCompany> {
  let offsetMs = 0;
  const simulator = await startSmartRecruitersSimulator({ now: () => Date.now() + offsetMs });
  const { control } = simulator;
  const { id: companyId } = await control.createCompany({
    name: 'Acme',
    interviewTypes: ['Phone'],
  });
  const { clientId, clientSecret } = await control.createCredential({ companyId });
  const { id: userId } = await control.createUser({
    companyId,
    firstName: 'Uma',
    lastName: 'User',
    email: 'uma@acme.example',
  });
  const { id: jobId } = await control.createJob({ companyId, title: 'Engineer' });
  const { id: candidateId } = await control.createCandidate({
    companyId,
    firstName: 'Ada',
    lastName: 'Lovelace',
    email: 'ada@people.example',
  });
  const { id: applicationId } = await control.createApplication({
    candidateId,
    jobId,
    status: 'INTERVIEW',
  });
  const { id: interviewId } = await control.scheduleInterview({
    applicationId,
    location: 'https://zoom.us/j/99',
    timeslots: [{ startsOn, endsOn, interviewers: [userId] }],
  });
  return {
    simulator,
    companyId,
    clientId,
    clientSecret,
    jobId,
    candidateId,
    applicationId,
    userId,
    interviewId,
    advance(ms) {
      offsetMs += ms;
    },
    client(overrides = {}) {
      return createSmartRecruitersClient({
        apiUrl: simulator.url,
        credential: { clientId, clientSecret },
        budgetKey: 'budget',
        limiter: createMemoryRateLimiter(),
        ...overrides,
      });
    },
  };
}
