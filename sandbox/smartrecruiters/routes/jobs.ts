import { Router } from 'express';
import { grantOf, requireScope } from '../access.js';
import { findJob, seesJob } from '../lookup.js';
import { pageOf } from '../paging.js';
import { queryChoice, queryTime, queryValue, queryValues } from '../query.js';
import { jobStatuses, postingStatuses } from '../records.js';
import { hiringTeamMember, jobDetails, jobItem } from '../shapes.js';
import type { Simulation } from '../simulation.js';

export function jobRoutes({ world, cursors }: Simulation): Router {
  const router = Router();

  router.get('/jobs', requireScope('jobs_read'), (request, response) => {
    const grant = grantOf(request);
    const q = queryValue(request, 'q')?.toLowerCase();
    const cities = queryValues(request, 'city');
    const departments = queryValues(request, 'department');
    const status = queryChoice({ request, name: 'status', choices: jobStatuses });
    const postingStatus = queryChoice({ request, name: 'postingStatus', choices: postingStatuses });
    const updatedAfter = queryTime(request, 'updatedAfter');
    const lastActivityAfter = queryTime(request, 'lastActivityAfter');
    const rows = world
      .ofCompany(world.jobs, grant.credential.companyId)
      .filter(
        (job) =>
          seesJob({ grant, jobId: job.id }) &&
          (q === undefined || job.title.toLowerCase().includes(q)) &&
          (cities.length === 0 || cities.includes(job.city)) &&
          (departments.length === 0 || departments.includes(job.department)) &&
          (status === undefined || job.status === status) &&
          (postingStatus === undefined || job.postingStatus === postingStatus) &&
          (updatedAfter === undefined || job.updatedAt > updatedAfter) &&
          (lastActivityAfter === undefined || job.lastActivityAt > lastActivityAfter),
      );
    const page = pageOf({ request, cursors, rows, defaultLimit: 10 });
    response.json({
      limit: page.limit,
      offset: page.offset,
      ...(page.nextPageId === undefined ? {} : { nextPageId: page.nextPageId }),
      totalFound: page.totalFound,
      content: page.rows.map(jobItem),
    });
  });

  router.get('/jobs/:jobId', requireScope('jobs_read'), (request, response) => {
    const { jobId } = request.params as { jobId: string };
    response.json(jobDetails(findJob({ world, grant: grantOf(request), jobId })));
  });

  router.get('/jobs/:jobId/hiring-team', requireScope('jobs_read'), (request, response) => {
    const { jobId } = request.params as { jobId: string };
    const job = findJob({ world, grant: grantOf(request), jobId });
    const content = job.hiringTeam.map(hiringTeamMember);
    response.json({ totalFound: content.length, content });
  });

  return router;
}
