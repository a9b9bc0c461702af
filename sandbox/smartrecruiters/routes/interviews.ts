import express, { type Request, type RequestHandler, Router } from 'express';
import { z } from 'zod';
import { arrivalOf, grantOf, requireScope } from '../access.js';
import { createInterview, makeTimeslot } from '../create.js';
import { badRequest, conflict, notFound, unprocessable } from '../errors.js';
import { randomIds } from '../ids.js';
import { findInterview, findTimeslot, seesInterview, seesJob } from '../lookup.js';
import { isUuid, queryChoice, queryValues } from '../query.js';
import { type Interview, replyStatuses, type Timeslot } from '../records.js';
import { interviewShape, timeslotShape } from '../shapes.js';
import type { Simulation } from '../simulation.js';

const base = '/interviews-api/v201904';

const instant = z.iso.datetime({ offset: true });
const replyStatus = z.enum(replyStatuses);
const timeslotFields = z.object({
  interviewType: z.string().nullish(),
  title: z.string().nullish(),
  place: z.string().nullish(),
  startsOn: instant,
  endsOn: instant,
  interviewers: z.array(
    z.object({ id: z.string(), status: replyStatus.optional().default('pending') }),
  ),
});
const interviewBody = z.object({
  candidate: z.object({ id: z.string(), status: replyStatus.optional() }),
  jobId: z.string(),
  organizerId: z.string(),
  timezone: z.string().min(1),
  location: z.string().nullish(),
  timeslots: z.array(timeslotFields).min(1),
  createdOn: instant.optional(),
  refUrl: z.string().optional(),
});
const interviewPatch = z.object({
  location: z.string().nullish(),
  timezone: z.string().min(1).optional(),
  candidate: z.object({ status: replyStatus }).optional(),
});
const replyBody = z.object({ status: replyStatus });

function parse<Schema extends z.ZodType>(schema: Schema, request: Request): z.output<Schema> {
  const parsed = schema.safeParse(request.body);
  if (parsed.success) return parsed.data;
  throw badRequest(`Invalid body: ${parsed.error.issues[0]?.path.join('.') ?? ''}`);
}

/** The vendor lets the API change only interviews that the API created. */
function refuseUiMade(interview: Interview): void {
  if (interview.source === 'UI') {
    throw unprocessable(
      'INTERVIEW_NOT_EDITABLE',
      'Only interviews created through the public API can be changed here',
    );
  }
}

function checkTimes(timeslot: Timeslot): void {
  if (timeslot.endsAt <= timeslot.startsAt) {
    throw unprocessable('INVALID_TIMESLOT', 'endsOn must be after startsOn');
  }
}

function interviewIdOf(request: Request): string {
  return (request.params as { interviewId: string }).interviewId;
}

function timeslotIdOf(request: Request): string {
  return (request.params as { timeslotId: string }).timeslotId;
}

/** Reading by application and by id, and writing to what the API created. */
export function interviewRoutes({ world, reads }: Simulation): Router {
  const router = Router();
  const read = requireScope('interviews_read');
  const write: RequestHandler[] = [requireScope('interviews_write'), express.json()];
  const one = `${base}/interviews/:interviewId`;
  const slot = `${one}/timeslots/:timeslotId`;

  const interviewOf = (request: Request): Interview =>
    findInterview({ world, grant: grantOf(request), interviewId: interviewIdOf(request) });
  const timeslotOf = (request: Request): Timeslot =>
    findTimeslot({ interview: interviewOf(request), timeslotId: timeslotIdOf(request) });

  router.get(`${base}/interviews`, read, (request, response) => {
    const [applicationId, ...others] = queryValues(request, 'applicationId');
    if (applicationId === undefined) throw badRequest('applicationId is required');
    if (others.length > 0 || !isUuid(applicationId)) throw badRequest('applicationId is invalid');
    const grant = grantOf(request);
    const arrivedAt = arrivalOf(request);
    const application = world.applications.get(applicationId);
    const known =
      application?.companyId === grant.credential.companyId &&
      seesJob({ grant, jobId: application.jobId });
    const quirks = world.companies.get(grant.credential.companyId)?.quirks;
    if (!known && quirks?.unknownApplication === 'not_found') throw notFound('Application');
    const content = world
      .interviewsOf(applicationId)
      .filter((interview) => seesInterview({ world, grant, interview }))
      .map(interviewShape);
    response.once('finish', () => {
      if (known && response.statusCode === 200) reads.listed({ application, arrivedAt });
    });
    response.json({ content });
  });

  router.post(`${base}/interviews`, ...write, (request, response) => {
    const grant = grantOf(request);
    const body = parse(interviewBody, request);
    const application = world.application({ candidateId: body.candidate.id, jobId: body.jobId });
    if (
      application?.companyId !== grant.credential.companyId ||
      !seesJob({ grant, jobId: body.jobId })
    ) {
      throw unprocessable('APPLICATION_NOT_FOUND', 'The candidate has not applied to this job');
    }
    body.timeslots.forEach((input) => {
      checkTimes(makeTimeslot({ ids: randomIds, input }));
    });
    const interview = createInterview({
      world,
      ids: randomIds,
      input: { ...body, application, source: 'API', candidateStatus: body.candidate.status },
    });
    response.status(201).json(interviewShape(interview));
  });

  router.get(one, read, (request, response) => {
    response.json(interviewShape(interviewOf(request)));
  });

  router.patch(one, ...write, (request, response) => {
    const interview = interviewOf(request);
    refuseUiMade(interview);
    const patch = parse(interviewPatch, request);
    if (patch.location !== undefined) interview.location = patch.location;
    if (patch.timezone !== undefined) interview.timezone = patch.timezone;
    if (patch.candidate !== undefined) interview.candidateStatus = patch.candidate.status;
    world.interviewUpdated(interviewOf(request));
    response.status(204).end();
  });

  router.delete(one, ...write, (request, response) => {
    const interview = interviewOf(request);
    refuseUiMade(interview);
    world.cancelInterview(interview);
    response.status(204).end();
  });

  router.put(`${one}/candidate/status`, ...write, (request, response) => {
    const interview = interviewOf(request);
    refuseUiMade(interview);
    interview.candidateStatus = parse(replyBody, request).status;
    world.interviewUpdated(interviewOf(request));
    response.status(204).end();
  });

  router.post(`${one}/timeslots`, ...write, (request, response) => {
    const interview = interviewOf(request);
    refuseUiMade(interview);
    const timeslot = makeTimeslot({ ids: randomIds, input: parse(timeslotFields, request) });
    checkTimes(timeslot);
    interview.timeslots.push(timeslot);
    world.interviewUpdated(interviewOf(request));
    response.status(201).json(timeslotShape(timeslot));
  });

  router.get(slot, read, (request, response) => {
    response.json(timeslotShape(timeslotOf(request)));
  });

  router.patch(slot, ...write, (request, response) => {
    refuseUiMade(interviewOf(request));
    const timeslot = timeslotOf(request);
    const patch = parse(timeslotFields.partial(), request);
    const changed: Timeslot = {
      ...timeslot,
      ...(patch.interviewType === undefined ? {} : { interviewType: patch.interviewType }),
      ...(patch.title === undefined ? {} : { title: patch.title }),
      ...(patch.place === undefined ? {} : { place: patch.place }),
      ...(patch.startsOn === undefined ? {} : { startsAt: Date.parse(patch.startsOn) }),
      ...(patch.endsOn === undefined ? {} : { endsAt: Date.parse(patch.endsOn) }),
      ...(patch.interviewers === undefined ? {} : { interviewers: patch.interviewers }),
    };
    checkTimes(changed);
    Object.assign(timeslot, changed);
    world.interviewUpdated(interviewOf(request));
    response.status(204).end();
  });

  router.delete(slot, ...write, (request, response) => {
    const interview = interviewOf(request);
    refuseUiMade(interview);
    const timeslot = timeslotOf(request);
    if (interview.timeslots.length === 1) {
      throw conflict('LAST_TIMESLOT', 'The last timeslot of an interview cannot be deleted');
    }
    interview.timeslots = interview.timeslots.filter((row) => row !== timeslot);
    world.interviewUpdated(interviewOf(request));
    response.status(204).end();
  });

  router.patch(`${slot}/noshow`, ...write, (request, response) => {
    const timeslot = timeslotOf(request);
    const value = queryChoice({ request, name: 'value', choices: ['true', 'false'] });
    if (value === undefined) throw badRequest('value is required');
    timeslot.noShow = value === 'true';
    world.interviewUpdated(interviewOf(request));
    response.status(204).end();
  });

  router.put(`${slot}/candidateStatus`, ...write, (request, response) => {
    const timeslot = timeslotOf(request);
    timeslot.candidateStatus = parse(replyBody, request).status;
    world.interviewUpdated(interviewOf(request));
    response.status(204).end();
  });

  router.put(`${slot}/interviewers/:userId/status`, ...write, (request, response) => {
    const { userId } = request.params as { userId: string };
    const interviewer = timeslotOf(request).interviewers.find((row) => row.id === userId);
    if (interviewer === undefined) throw notFound('Interviewer');
    interviewer.status = parse(replyBody, request).status;
    world.interviewUpdated(interviewOf(request));
    response.status(204).end();
  });

  router.get(
    `${base}/interview-types`,
    requireScope('interview_types_read'),
    (request, response) => {
      const company = world.companies.get(grantOf(request).credential.companyId);
      response.json(company?.interviewTypes ?? []);
    },
  );

  return router;
}
