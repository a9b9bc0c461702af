import type { RoomScenario } from '../sandbox/notetaker/types.js';
import { type ApiCaller, connectThroughApi, createApiCaller } from './api-caller.js';
import { meetingCode } from './stored-organization.js';
import type { World } from './world.js';

/** An organization that was connected through the API, with one role on. */
export interface Organization {
  orgId: string;
  call: ApiCaller;
  companyId: string;
  jobId: string;
}

export async function connectOrganization(input: {
  world: World;
  orgId: string;
  seed: number;
}): Promise<Organization> {
  const { world, orgId, seed } = input;
  const seeded = await world.smartRecruiters.control.seedCompany({
    ...{ name: orgId, seed, jobs: 1, candidatesPerJob: 0 },
  });
  const [job] = seeded.jobs;
  if (job === undefined) throw new Error('the seed made no job');
  const call = await createApiCaller({ world, orgId });
  await connectThroughApi({ call, credential: seeded.credential, jobIds: [job.id] });
  return { orgId, call, companyId: seeded.company.id, jobId: job.id };
}

/** One interview of a new candidate, in a room of its own in which that happens. */
export async function scheduleInRoom(input: {
  world: World;
  companyId: string;
  jobId: string;
  room: number;
  scenario: RoomScenario;
  startsAt: number;
  lastsMs: number;
}): Promise<{ interviewId: string; sessionId: string }> {
  const { world, companyId, jobId, room, scenario, startsAt, lastsMs } = input;
  const { control } = world.smartRecruiters;
  const meetingUrl = `https://meet.google.com/${meetingCode(room)}`;
  await world.notetaker.control.setScenario({ meetingUrl, scenario });
  const candidate = await control.createCandidate({
    ...{ companyId, firstName: 'Ada', lastName: `Room${room}` },
    email: `room${room}@candidates.example`,
  });
  const application = await control.createApplication({
    ...{ candidateId: candidate.id, jobId, status: 'INTERVIEW' },
  });
  const interview = await control.scheduleInterview({
    applicationId: application.id,
    location: meetingUrl,
    timeslots: [
      {
        startsOn: new Date(startsAt).toISOString(),
        endsOn: new Date(startsAt + lastsMs).toISOString(),
      },
    ],
  });
  return { interviewId: interview.id, sessionId: interview.timeslots[0]?.id ?? '' };
}
