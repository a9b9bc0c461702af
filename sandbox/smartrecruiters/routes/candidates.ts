import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { grantOf, requireScope } from '../access.js';
import { createApplication, createCandidate } from '../create.js';
import { badRequest, conflict, unprocessable } from '../errors.js';
import { randomIds } from '../ids.js';
import { findAssignment, findCandidate, findJob, visibleApplications } from '../lookup.js';
import { linkNextPage, pageOf } from '../paging.js';
import { queryChoices, queryTime, queryValue, queryValues } from '../query.js';
import { applicationStatuses, type Candidate } from '../records.js';
import { assignment, candidateDetails, candidateItem, statusHistory } from '../shapes.js';
import type { Simulation } from '../simulation.js';
import type { Grant } from '../tokens.js';

const newCandidate = z.object({
  firstName: z.string().trim().min(1),
  lastName: z.string().trim().min(1),
  email: z.email(),
  phoneNumber: z.string().optional(),
  location: z.object({ city: z.string().optional(), country: z.string().optional() }).optional(),
  tags: z.array(z.string().min(1).max(150)).max(100).optional(),
  sourceDetails: z.record(z.string(), z.unknown()).optional(),
  internal: z.boolean().optional(),
});

/** The list, the details, one application by candidate and job, and the status history. */
export function candidateRoutes(simulation: Simulation): Router {
  const { world, cursors } = simulation;
  const router = Router();
  const titleOf = (jobId: string): string => world.jobs.get(jobId)?.title ?? '';

  // Whether `jobId` and `status` must meet in one application is undocumented. Here any application
  // may satisfy either, so a client has to check the status of the job it asked for.
  function readFilter(request: Request): (candidate: Candidate) => boolean {
    const grant = grantOf(request);
    const q = queryValue(request, 'q')?.toLowerCase();
    const jobIds = queryValues(request, 'jobId');
    const statuses = queryChoices({ request, name: 'status', choices: applicationStatuses });
    const updatedAfter = queryTime(request, 'updatedAfter');
    return (candidate) => {
      if (updatedAfter !== undefined && candidate.updatedAt <= updatedAfter) return false;
      const applications = visibleApplications({ world, grant, candidateId: candidate.id });
      const text = `${candidate.firstName} ${candidate.lastName} ${candidate.email}`;
      return (
        applications.length > 0 &&
        (jobIds.length === 0 || applications.some((row) => jobIds.includes(row.jobId))) &&
        (statuses.length === 0 || applications.some((row) => statuses.includes(row.status))) &&
        (q === undefined || text.toLowerCase().includes(q))
      );
    };
  }

  /** Everybody who can match: the named jobs are looked up, not the whole company. */
  function mightMatch(request: Request): Candidate[] {
    const { companyId } = grantOf(request).credential;
    const jobIds = queryValues(request, 'jobId');
    if (jobIds.length === 0) return world.ofCompany(world.candidates, companyId);
    const people = new Set<Candidate>();
    for (const jobId of new Set(jobIds)) {
      for (const { candidateId } of world.applicationsOfJob(jobId)) {
        const candidate = world.candidates.get(candidateId);
        if (candidate?.companyId === companyId) people.add(candidate);
      }
    }
    return [...people];
  }

  router.get('/candidates', requireScope('candidates_read'), (request, response) => {
    const grant = grantOf(request);
    const rows = mightMatch(request).filter(readFilter(request));
    const page = pageOf({ request, cursors, rows, defaultLimit: 10 });
    linkNextPage({ request, response, nextPageId: page.nextPageId });
    response.json({
      limit: page.limit,
      offset: page.offset,
      ...(page.nextPageId === undefined ? {} : { nextPageId: page.nextPageId }),
      totalFound: page.totalFound,
      content: page.rows.map((candidate) =>
        candidateItem({
          candidate,
          applications: visibleApplications({ world, grant, candidateId: candidate.id }),
          titleOf,
        }),
      ),
    });
  });

  function answerDetails(options: {
    request: Request;
    response: Response;
    candidate: Candidate;
  }): void {
    const { request, response, candidate } = options;
    const grant = grantOf(request);
    const applications = visibleApplications({ world, grant, candidateId: candidate.id });
    response.json(candidateDetails({ candidate, applications, titleOf }));
  }

  router.get('/candidates/:candidateId', requireScope('candidates_read'), (request, response) => {
    const { candidateId } = request.params as { candidateId: string };
    const candidate = findCandidate({ world, grant: grantOf(request), candidateId });
    answerDetails({ request, response, candidate });
  });

  router.get(
    '/candidates/:candidateId/jobs/:jobId',
    requireScope('candidates_read'),
    (request, response) => {
      const { candidateId, jobId } = request.params as { candidateId: string; jobId: string };
      const application = findAssignment({ world, grant: grantOf(request), candidateId, jobId });
      const quirks = world.companies.get(application.companyId)?.quirks;
      response.json(assignment({ application, omitId: quirks?.omitApplicationId ?? false }));
    },
  );

  router.get(
    '/candidates/:candidateId/jobs/:jobId/status/history',
    requireScope('candidate_status_read'),
    (request, response) => {
      const { candidateId, jobId } = request.params as { candidateId: string; jobId: string };
      const application = findAssignment({ world, grant: grantOf(request), candidateId, jobId });
      response.json(statusHistory(application));
    },
  );

  /** Creates the person, or answers the one there is when the company merges duplicates. */
  function takeIn(options: { grant: Grant; body: unknown }): Candidate {
    const { grant, body } = options;
    const parsed = newCandidate.safeParse(body);
    if (!parsed.success) {
      throw badRequest(`Invalid candidate: ${parsed.error.issues[0]?.path.join('.') ?? 'body'}`);
    }
    const { companyId } = grant.credential;
    const { location, sourceDetails: _sourceDetails, ...person } = parsed.data;
    const same = world
      .ofCompany(world.candidates, companyId)
      .find(
        (row) =>
          row.email.toLowerCase() === person.email.toLowerCase() &&
          row.lastName.toLowerCase() === person.lastName.toLowerCase(),
      );
    if (same !== undefined) {
      if (world.companies.get(companyId)?.quirks.duplicateCandidates === 'merge') return same;
      throw conflict(
        'CANDIDATE_DATA_CONFLICT',
        'A candidate with this e-mail and last name already exists',
      );
    }
    const { internal, ...rest } = person;
    return createCandidate({
      world,
      ids: randomIds,
      input: {
        ...rest,
        companyId,
        city: location?.city,
        country: location?.country,
        ...(internal === undefined ? {} : { internal }),
      },
    });
  }

  router.post(
    '/candidates',
    requireScope('candidates_create'),
    express.json(),
    (request, response) => {
      const candidate = takeIn({ grant: grantOf(request), body: request.body });
      response.status(201);
      answerDetails({ request, response, candidate });
    },
  );

  router.post(
    '/jobs/:jobId/candidates',
    requireScope('candidates_create'),
    express.json(),
    (request, response) => {
      const grant = grantOf(request);
      const { jobId } = request.params as { jobId: string };
      const job = findJob({ world, grant, jobId });
      if (job.status === 'FILLED' || job.status === 'CANCELLED') {
        throw unprocessable('JOB_NOT_ACTIVE', 'The job does not take candidates');
      }
      const candidate = takeIn({ grant, body: request.body });
      const candidateId = candidate.id;
      if (world.application({ candidateId, jobId }) === undefined) {
        createApplication({
          world,
          ids: randomIds,
          input: { candidateId, jobId, companyId: job.companyId, source: 'API' },
        });
      }
      response.status(201);
      answerDetails({ request, response, candidate });
    },
  );

  return router;
}
