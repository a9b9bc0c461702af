import { type RequestHandler, Router } from 'express';
import { grantOf, requireAdministrator, requireScope } from '../access.js';
import { notFound } from '../errors.js';
import { pageOf } from '../paging.js';
import { queryTime, queryValue } from '../query.js';
import { userDetails, userItem } from '../shapes.js';
import type { Simulation } from '../simulation.js';

const base = '/user-api/v201804/users';

export function userRoutes({ world, cursors }: Simulation): Router {
  const router = Router();
  const allowed: RequestHandler[] = [requireScope('users_read'), requireAdministrator()];

  router.get(base, ...allowed, (request, response) => {
    const q = queryValue(request, 'q')?.toLowerCase();
    const updatedAfter = queryTime(request, 'updatedAfter');
    const rows = world
      .ofCompany(world.users, grantOf(request).credential.companyId)
      .filter(
        (user) =>
          (q === undefined ||
            [user.firstName, user.lastName, user.email].some((text) =>
              text.toLowerCase().includes(q),
            )) &&
          (updatedAfter === undefined || user.updatedAt > updatedAfter),
      );
    const page = pageOf({ request, cursors, rows, defaultLimit: 10 });
    // No `totalFound` here, and an empty cursor where the other lists leave it out: both endings
    // are documented, so a client has to understand both.
    response.json({
      limit: page.limit,
      nextPageId: page.nextPageId ?? '',
      content: page.rows.map(userItem),
    });
  });

  router.get(`${base}/:userId`, ...allowed, (request, response) => {
    const { userId } = request.params as { userId: string };
    const user = world.users.get(userId);
    if (user?.companyId !== grantOf(request).credential.companyId) throw notFound('User');
    response.json(userDetails(user));
  });

  return router;
}
