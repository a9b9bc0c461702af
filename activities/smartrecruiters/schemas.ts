import { z } from 'zod';
import type { SmartRecruitersEndpoint } from './errors.js';
import {
  envelope,
  id,
  optionalEmail,
  optionalFlag,
  optionalId,
  optionalInstant,
  optionalWord,
  read,
  word,
} from './schema-parts.js';
import type {
  ListingPage,
  VendorApplication,
  VendorCandidate,
  VendorJob,
  VendorJobApplication,
  VendorPerson,
  VendorUser,
} from './vendor-types.js';

/** Jobs whose candidates may be interviewed. */
export const openJobStatuses: readonly string[] = ['CREATED', 'SOURCING', 'INTERVIEW', 'OFFER'];

const label = z
  .object({ label: optionalWord })
  .nullish()
  .catch(null)
  .transform((value) => value?.label ?? null);

const place = z
  .object({
    country: optionalWord,
    region: optionalWord,
    city: optionalWord,
    remote: optionalFlag,
  })
  .nullish()
  .catch(null)
  .transform((value) => {
    const parts = [value?.city, value?.region, value?.country].filter((part) => part != null);
    if (parts.length > 0) return parts.join(', ');
    return value?.remote === true ? 'Remote' : null;
  });

const job = z
  .object({
    id,
    title: z.string().min(1),
    refNumber: optionalWord,
    department: label,
    location: place,
    status: word,
    postingStatus: optionalWord,
    updatedOn: optionalInstant,
    lastActivityOn: optionalInstant,
  })
  .transform(
    (value): VendorJob => ({
      jobId: value.id,
      title: value.title,
      refNumber: value.refNumber,
      department: value.department,
      location: value.location,
      status: value.status,
      open: openJobStatuses.includes(value.status),
      confidential: value.postingStatus?.toUpperCase() === 'PRIVATE',
      updatedAt: value.updatedOn,
      lastActivityAt: value.lastActivityOn,
    }),
  );

const candidate = z
  .object({
    id,
    updatedOn: optionalInstant,
    primaryAssignment: z
      .object({ job: z.object({ id }), status: word })
      .nullish()
      .catch(null),
    secondaryAssignments: z
      .array(
        z
          .object({ job: z.object({ id }) })
          .nullish()
          .catch(null),
      )
      .nullish()
      .catch(null),
  })
  .transform(
    (value): VendorCandidate => ({
      candidateId: value.id,
      primary:
        value.primaryAssignment == null
          ? null
          : { jobId: value.primaryAssignment.job.id, status: value.primaryAssignment.status },
      secondaryJobIds: (value.secondaryAssignments ?? []).flatMap((assignment) =>
        assignment == null ? [] : [assignment.job.id],
      ),
      updatedAt: value.updatedOn,
    }),
  );

const user = z
  .object({
    id,
    email: optionalEmail,
    firstName: optionalWord,
    active: optionalFlag,
  })
  .transform(
    (value): VendorUser => ({
      userId: value.id,
      email: value.email,
      firstName: value.firstName,
      active: value.active !== false,
    }),
  );

const person = z.object({ id, email: optionalEmail, firstName: optionalWord }).transform(
  (value): VendorPerson => ({
    candidateId: value.id,
    email: value.email,
    firstName: value.firstName,
  }),
);

const application = z.object({ applicationId: optionalId, status: word });
const jobApplication = z.object({ profileId: id, jobId: id, status: word });

/** A page: bad items are counted and left out, a wrong envelope is a `contract` error. */
function readPage<Item>(
  endpoint: SmartRecruitersEndpoint,
  schema: z.ZodType<Item>,
  body: unknown,
): ListingPage<Item> {
  const page = read(endpoint, envelope, body);
  const items: Item[] = [];
  for (const raw of page.content) {
    const item = schema.safeParse(raw);
    if (item.success) items.push(item.data);
  }
  return {
    items,
    nextPageId: page.nextPageId,
    total: page.totalFound ?? null,
    skipped: page.content.length - items.length,
  };
}

export const readJobPage = (body: unknown) => readPage('jobs.list', job, body);
export const readCandidatePage = (body: unknown) => readPage('candidates.list', candidate, body);
export const readUserPage = (body: unknown) => readPage('users.list', user, body);
export const readJob = (body: unknown) => read('jobs.get', job, body);
export const readUser = (body: unknown) => read('users.get', user, body);
export const readCandidate = (body: unknown) => read('candidates.get', person, body);

export function readApplication(input: {
  candidateId: string;
  jobId: string;
  body: unknown;
}): VendorApplication {
  const { candidateId, jobId } = input;
  const { applicationId, status } = read('applications.get', application, input.body);
  return { candidateId, jobId, applicationId, status };
}

export function readJobApplication(input: {
  applicationId: string;
  body: unknown;
}): VendorJobApplication {
  const { profileId, jobId, status } = read('job_applications.get', jobApplication, input.body);
  return { applicationId: input.applicationId, candidateId: profileId, jobId, status };
}

/** Names of the types; the name is the id. */
export function readInterviewTypes(body: unknown): string[] {
  const names = read('interview_types.list', z.array(z.unknown()), body);
  return names.filter((name) => typeof name === 'string' && name !== '') as string[];
}

export function readStatusHistory(body: unknown): { entries: number } {
  const { content } = read('applications.status_history', envelope, body);
  return { entries: content.length };
}
