import { Router } from 'express';
import { grantOf, requireScope } from '../access.js';
import { findApplication } from '../lookup.js';
import { jobApplication } from '../shapes.js';
import type { Simulation } from '../simulation.js';

/** Get by id only: the vendor has no list of applications. */
export function jobApplicationRoutes({ world }: Simulation): Router {
  const router = Router();
  router.get(
    '/job-applications-api/v202112/job-applications/:applicationId',
    requireScope('job_applications_read'),
    (request, response) => {
      const { applicationId } = request.params as { applicationId: string };
      response.json(
        jobApplication(findApplication({ world, grant: grantOf(request), applicationId })),
      );
    },
  );
  return router;
}
