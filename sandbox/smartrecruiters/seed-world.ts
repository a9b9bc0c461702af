import { type Chance, seededChance } from './chance.js';
import type { SeededWorld } from './control.js';
import type { ControlInput, Tier } from './control-inputs.js';
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
import { type Ids, seededIds } from './ids.js';
import type { Application, Company, User } from './records.js';
import { mailName, presentCompany } from './seed.js';
import { departments, firstNames, lastNames, places } from './seed-names.js';
import { tierOf } from './tiers.js';
import type { World } from './world.js';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

type Input = ControlInput<'seedWorld'>;

interface Making {
  world: World;
  ids: Ids;
  chance: Chance;
  company: Company;
  timeFactor: number;
}

function present(options: { world: World; company: Company }): SeededWorld {
  const { world, company } = options;
  const applicationIds: Record<Tier, string[]> = { hot: [], warm: [], cold: [] };
  for (const application of world.ofCompany(world.applications, company.id)) {
    const tier = tierOf({ world, application });
    if (tier !== null) applicationIds[tier].push(application.id);
  }
  return { ...presentCompany({ world, company }), applicationIds };
}

/** The tier of each application, in the wanted proportions and spread over all roles. */
function dealTiers(options: { mix: Input['mix']; count: number; chance: Chance }): Tier[] {
  const { mix, count, chance } = options;
  const sum = mix.hot + mix.warm + mix.cold;
  if (sum === 0) throw new ControlError({ status: 400, message: 'seedWorld: the mix is empty' });
  const hot = Math.round((count * mix.hot) / sum);
  const warm = Math.min(count - hot, Math.round((count * mix.warm) / sum));
  const dealt = Array.from({ length: count }, (_, index): Tier => {
    if (index < hot) return 'hot';
    return index < hot + warm ? 'warm' : 'cold';
  });
  for (let index = dealt.length - 1; index > 0; index -= 1) {
    const other = chance.below(index + 1);
    const [one, two] = [dealt[index], dealt[other]];
    if (one !== undefined && two !== undefined) [dealt[index], dealt[other]] = [two, one];
  }
  return dealt;
}

function makeUsers({ world, ids, chance, company }: Making): User[] {
  return Array.from({ length: 20 }, (_, index) => {
    const [firstName, lastName] = [chance.pick(firstNames), chance.pick(lastNames)];
    return createUser({
      world,
      ids,
      input: {
        companyId: company.id,
        firstName,
        lastName,
        email: `${mailName(firstName)}.${mailName(lastName)}${index + 1}@${mailName(company.name)}.example`,
        systemRole: index === 0 ? 'ADMINISTRATOR' : 'STANDARD',
      },
    });
  });
}

function makeApplication(
  options: Making & { jobId: string; tier: Tier; number: number },
): Application {
  const { world, ids, chance, company, timeFactor, jobId, tier, number } = options;
  const [firstName, lastName] = [chance.pick(firstNames), chance.pick(lastNames)];
  const candidate = createCandidate({
    world,
    ids,
    input: {
      companyId: company.id,
      firstName,
      lastName,
      email: `${mailName(firstName)}.${mailName(lastName)}${number}@candidates.example`,
    },
  });
  const application = createApplication({
    world,
    ids,
    input: {
      candidateId: candidate.id,
      jobId,
      companyId: company.id,
      status: tier === 'hot' ? 'INTERVIEW' : chance.pick(['NEW', 'IN_REVIEW'] as const),
    },
  });
  // Cold stays cold under any compression of time, so its age is real.
  const ageMs =
    tier === 'cold'
      ? chance.between(40 * dayMs, 300 * dayMs)
      : chance.between(dayMs, 20 * dayMs) / timeFactor;
  candidate.updatedAt = Math.round(world.now() - ageMs);
  candidate.createdAt = candidate.updatedAt;
  application.createdAt = candidate.updatedAt;
  for (const change of application.history) change.changedAt = candidate.updatedAt;
  return application;
}

function makeInterview(
  options: Making & {
    application: Application;
    users: User[];
    withinHours: number;
  },
): void {
  const { world, ids, chance, timeFactor, application, users, withinHours } = options;
  const inMs = (chance.share() * withinHours * hourMs) / timeFactor;
  const startsAt = Math.round(world.now() + inMs);
  const endsAt = Math.round(startsAt + (30 * minuteMs) / timeFactor);
  const [organizer, interviewer] = [chance.pick(users), chance.pick(users)];
  createInterview({
    world,
    ids,
    input: {
      application,
      organizerId: organizer.id,
      timezone: chance.pick(places).timezone,
      // By chance, not by number: two companies of one seed have rooms of their own.
      location: `https://example.zoom.us/j/${80_000_000_000 + chance.below(1_000_000_000)}`,
      timeslots: [
        {
          startsOn: new Date(startsAt).toISOString(),
          endsOn: new Date(endsAt).toISOString(),
          interviewers: [interviewer.id],
          title: 'Interview',
        },
      ],
    },
  });
}

/**
 * Makes one large company: 10,000 applications in about a second. Each application has a candidate
 * of its own, so that ids are found by candidate and job. Ids follow from `name` and `seed`.
 * 400 when more interviews are asked for than there are hot applications.
 */
export function seedWorld(options: {
  world: World;
  input: Input;
  timeFactor: number;
}): SeededWorld {
  const { world, input, timeFactor } = options;
  const seed = `world ${input.name} ${input.seed}`;
  const ids = seededIds(seed);
  const existing = world.companies.get(seededIds(seed).uuid());
  if (existing !== undefined) return present({ world, company: existing });

  const chance = seededChance(seed);
  const dealt = dealTiers({
    mix: input.mix,
    count: input.roles * input.applicationsPerRole,
    chance,
  });
  const interviews = input.interviews ?? 0;
  if (interviews > dealt.filter((tier) => tier === 'hot').length) {
    const message = 'seedWorld: there are fewer hot applications than interviews';
    throw new ControlError({ status: 400, message });
  }
  const company = createCompany({ world, ids, input: { name: input.name } });
  createCredential({ world, ids, input: { companyId: company.id, scopes: input.scopes } });
  const making = { world, ids, chance, company, timeFactor };
  const users = makeUsers(making);
  const hot: Application[] = [];
  for (let role = 0; role < input.roles; role += 1) {
    const [department, titles] = chance.pick(Object.entries(departments));
    const { timezone: _timezone, ...place } = chance.pick(places);
    const job = createJob({
      world,
      ids,
      input: {
        companyId: company.id,
        title: `${chance.pick(titles)} ${role + 1}`,
        department,
        ...place,
        hiringTeam: [{ userId: chance.pick(users).id, role: 'RECRUITER' }],
      },
    });
    for (let index = 0; index < input.applicationsPerRole; index += 1) {
      const number = role * input.applicationsPerRole + index;
      const tier = dealt[number] ?? 'cold';
      const application = makeApplication({ ...making, jobId: job.id, tier, number });
      if (tier === 'hot') hot.push(application);
    }
  }
  const withinHours = input.interviewsWithinHours ?? 72;
  for (let number = 0; number < interviews; number += 1) {
    const application = hot[Math.floor((number * hot.length) / interviews)];
    if (application !== undefined) {
      makeInterview({ ...making, application, users, withinHours });
    }
  }
  return present({ world, company });
}
