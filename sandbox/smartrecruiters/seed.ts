import { createHash } from 'node:crypto';
import type { SeededCompany } from './control.js';
import type { ControlInput } from './control-inputs.js';
import {
  createApplication,
  createCandidate,
  createCompany,
  createCredential,
  createInterview,
  createJob,
  createUser,
} from './create.js';
import { ControlError } from './errors.js';
import { seededIds } from './ids.js';
import type { ApplicationStatus, Company, User } from './records.js';
import { departments, firstNames, lastNames, places } from './seed-names.js';
import type { World } from './world.js';

const hourMs = 3_600_000;

const commonStatuses: readonly ApplicationStatus[] = [
  'NEW',
  'IN_REVIEW',
  'INTERVIEW',
  'INTERVIEW',
  'OFFERED',
  'REJECTED',
];

/** Choices that depend only on the seed and on how many were made before. */
function seededChoice(seed: string): <Item>(items: readonly Item[]) => Item {
  let count = 0;
  return (items) => {
    count += 1;
    const digest = createHash('sha256').update(`${seed} choice ${count}`).digest();
    const item = items[digest.readUInt32BE() % items.length];
    if (item === undefined) throw new Error('Nothing to choose from');
    return item;
  };
}

export function mailName(text: string): string {
  return text
    .normalize('NFD')
    .replaceAll(/[^A-Za-z0-9]/g, '')
    .toLowerCase();
}

/** What a seeded company holds now, as the seeding controls answer it. */
export function presentCompany(options: { world: World; company: Company }): SeededCompany {
  const { world, company } = options;
  const [credential] = world.ofCompany(world.credentials, company.id);
  if (credential === undefined) {
    throw new ControlError({ status: 409, message: 'The seeded company lost its credential' });
  }
  return {
    company,
    credential,
    userIds: world.ofCompany(world.users, company.id).map((user) => user.id),
    jobs: world.ofCompany(world.jobs, company.id).map((job) => {
      const mine = world.applicationsOfJob(job.id);
      return {
        id: job.id,
        title: job.title,
        applicationIds: mine.map((row) => row.id),
        interviewIds: mine.flatMap((row) => world.interviewsOf(row.id).map(({ id }) => id)),
      };
    }),
  };
}

/**
 * Makes a whole company: a credential with every scope, six users, jobs with hiring teams,
 * candidates in all stages (every tenth applied to a second job too) and, if asked, interviews
 * spread over the next three days. Ids, names and keys follow from `name` and `seed`; times
 * follow from the world's clock. Doing it again answers the company that is there.
 */
export function seedCompany(options: {
  world: World;
  input: ControlInput<'seedCompany'>;
}): SeededCompany {
  const { world, input } = options;
  const seed = `${input.name} ${input.seed}`;
  const ids = seededIds(seed);
  const choose = seededChoice(seed);
  const existing = world.companies.get(seededIds(seed).uuid());
  if (existing !== undefined) return presentCompany({ world, company: existing });

  const company = createCompany({ world, ids, input: { name: input.name } });
  createCredential({ world, ids, input: { companyId: company.id } });
  const domain = `${mailName(input.name)}.example`;
  const users = Array.from({ length: 6 }, (_, index): User => {
    const [firstName, lastName] = [choose(firstNames), choose(lastNames)];
    return createUser({
      world,
      ids,
      input: {
        companyId: company.id,
        firstName,
        lastName,
        email: `${mailName(firstName)}.${mailName(lastName)}${index + 1}@${domain}`,
        systemRole: index === 0 ? 'ADMINISTRATOR' : 'STANDARD',
      },
    });
  });

  let people = 0;
  let previousJobId: string | undefined;
  for (let jobIndex = 0; jobIndex < input.jobs; jobIndex += 1) {
    const [department, titles] = choose(Object.entries(departments));
    const { timezone, ...place } = choose(places);
    const [recruiter, manager] = [choose(users), choose(users)];
    const job = createJob({
      world,
      ids,
      input: {
        companyId: company.id,
        title: choose(titles),
        department,
        ...place,
        remote: choose([true, false, false]),
        status: choose(['SOURCING', 'INTERVIEW', 'INTERVIEW', 'OFFER']),
        hiringTeam: [
          { userId: recruiter.id, role: 'RECRUITER' },
          { userId: manager.id, role: 'HIRING_MANAGER' },
        ],
      },
    });
    for (let index = 0; index < input.candidatesPerJob; index += 1) {
      people += 1;
      const [firstName, lastName] = [choose(firstNames), choose(lastNames)];
      const candidate = createCandidate({
        world,
        ids,
        input: {
          companyId: company.id,
          firstName,
          lastName,
          email: `${mailName(firstName)}.${mailName(lastName)}${people}@candidates.example`,
          city: place.city,
          country: place.country,
        },
      });
      const applied = { candidateId: candidate.id, companyId: company.id };
      const interviewing = index < (input.interviewsPerJob ?? 0);
      const application = createApplication({
        world,
        ids,
        input: {
          ...applied,
          jobId: job.id,
          status: interviewing ? 'INTERVIEW' : choose(commonStatuses),
        },
      });
      if (people % 10 === 0 && previousJobId !== undefined) {
        createApplication({
          world,
          ids,
          input: { ...applied, jobId: previousJobId, status: 'IN_REVIEW' },
        });
      }
      if (!interviewing) continue;
      // On the quarter hour, so that seeded calendars look like people made them.
      const quarterMs = hourMs / 4;
      const inMs = hourMs + ((people * 7 * quarterMs) % (72 * hourMs));
      const startsAt = Math.ceil((world.now() + inMs) / quarterMs) * quarterMs;
      createInterview({
        world,
        ids,
        input: {
          application,
          organizerId: recruiter.id,
          timezone,
          location: `https://example.zoom.us/j/${80_000_000_000 + people}`,
          timeslots: [
            {
              startsOn: new Date(startsAt).toISOString(),
              endsOn: new Date(startsAt + hourMs / 2).toISOString(),
              interviewers: [manager.id],
              title: `Interview with ${firstName} ${lastName}`,
              interviewType: choose(company.interviewTypes),
            },
          ],
        },
      });
    }
    previousJobId = job.id;
  }
  return presentCompany({ world, company });
}
