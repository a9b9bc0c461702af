import { randomBytes, randomUUID } from 'node:crypto';
import express, { type Request, Router } from 'express';
import { z } from 'zod';
import { grantOf, requireScope } from '../access.js';
import { ApiError, badRequest, notFound, unprocessable } from '../errors.js';
import { linkNextPage, pageOf } from '../paging.js';
import { queryChoice, queryTime } from '../query.js';
import { type CallbackAuthentication, eventNames, type Subscription } from '../records.js';
import type { Simulation } from '../simulation.js';
import { type CallbackRow, eventVersion } from '../webhook-delivery.js';
import { isLoopbackUrl } from '../webhook-post.js';

const base = '/webhooks-api/v201907/subscriptions';
const mostSubscriptions = 20;
const mostLiveKeys = 16;

const subscriptionBody = z.object({
  callbackUrl: z.url(),
  events: z.array(z.enum(eventNames)).min(1),
  alertingEmailAddress: z.email().optional(),
  callbackAuthentication: z.looseObject({ type: z.string() }).optional(),
});
const basicAuthentication = z.object({ username: z.string(), password: z.string() });
const headerAuthentication = z.object({
  headerName: z.string().regex(/^[\w-]+$/),
  headerValue: z.string().regex(/^[\x20-\x7e]+$/),
});

function readAuthentication(input: { type: string } | undefined): CallbackAuthentication | null {
  if (input === undefined) return null;
  const type = input.type.toLowerCase();
  if (type === 'basic') {
    const parsed = basicAuthentication.safeParse(input);
    if (parsed.success) return { type, ...parsed.data };
  } else if (type === 'header') {
    const parsed = headerAuthentication.safeParse(input);
    if (parsed.success) return { type, ...parsed.data };
  } else if (type === 'oauth2') {
    throw unprocessable('NOT_SIMULATED', 'OAuth2 callbacks are not simulated');
  }
  throw badRequest('Invalid body: callbackAuthentication');
}

function subscriptionShape(row: Subscription): Record<string, unknown> {
  return {
    id: row.id,
    callbackUrl: row.callbackUrl,
    events: row.events.map((name) => ({ name, version: eventVersion })),
    status: row.status,
    ...(row.alertingEmailAddress === null
      ? {}
      : { alertingEmailAddress: row.alertingEmailAddress }),
  };
}

function callbackShape({ status, at, url, body, headers }: CallbackRow): Record<string, unknown> {
  return {
    status,
    timestamp: new Date(at).toISOString(),
    requestDetails: { url, body, headers },
  };
}

/**
 * Subscriptions, their activation, secret keys and the log of callbacks. A credential sees what it
 * made itself. Lists are bare arrays, so the next cursor stands in the `Link` header only.
 */
export function webhookRoutes({ world, cursors, webhooks }: Simulation): Router {
  const router = Router();
  const allowed = requireScope('webhooks_manage');
  const one = `${base}/:subscriptionId`;

  function mine(request: Request): Subscription[] {
    const { clientId, companyId } = grantOf(request).credential;
    return world
      .ofCompany(world.subscriptions, companyId)
      .filter((row) => row.clientId === clientId);
  }

  function subscriptionOf(request: Request): Subscription {
    const { subscriptionId } = request.params as { subscriptionId: string };
    const row = world.subscriptions.get(subscriptionId);
    if (row?.clientId !== grantOf(request).credential.clientId) throw notFound('Subscription');
    return row;
  }

  router.post(base, allowed, express.json(), (request, response) => {
    const parsed = subscriptionBody.safeParse(request.body);
    if (!parsed.success) {
      throw badRequest(`Invalid body: ${parsed.error.issues[0]?.path.join('.') ?? ''}`);
    }
    const { callbackUrl, events, alertingEmailAddress } = parsed.data;
    const callbackAuthentication = readAuthentication(parsed.data.callbackAuthentication);
    if (!isLoopbackUrl(callbackUrl)) {
      throw unprocessable(
        'CALLBACK_URL_NOT_ALLOWED',
        'The simulator calls http addresses of this machine only',
      );
    }
    if (mine(request).length >= mostSubscriptions) {
      throw unprocessable(
        'SUBSCRIPTION_LIMIT_REACHED',
        `There can be ${mostSubscriptions} subscriptions`,
      );
    }
    const { clientId, companyId } = grantOf(request).credential;
    const subscription: Subscription = {
      id: randomUUID(),
      companyId,
      clientId,
      sequence: world.nextSequence(),
      callbackUrl,
      events: [...new Set(events)],
      status: 'inactive',
      alertingEmailAddress: alertingEmailAddress ?? null,
      callbackAuthentication,
      secretKeys: [],
      failuresInARow: 0,
      createdAt: world.now(),
    };
    world.addSubscription(subscription);
    response.status(201).json(subscriptionShape(subscription));
  });

  router.get(base, allowed, (request, response) => {
    const parameter = 'page_id';
    const page = pageOf({ request, cursors, rows: mine(request), defaultLimit: 10, parameter });
    linkNextPage({ request, response, nextPageId: page.nextPageId, parameter });
    response.json(page.rows.map(subscriptionShape));
  });

  router.get(one, allowed, (request, response) => {
    response.json(subscriptionShape(subscriptionOf(request)));
  });

  router.delete(one, allowed, (request, response) => {
    webhooks.remove(subscriptionOf(request));
    response.status(204).end();
  });

  router.put(`${one}/activation`, allowed, async (request, response) => {
    const shaken = await webhooks.activate(subscriptionOf(request));
    // It may have been deleted while the callback thought about it.
    subscriptionOf(request);
    if (!shaken) {
      throw new ApiError({
        status: 400,
        code: 'SUBSCRIPTION_ACTIVATION_FAILED',
        message: 'The callback did not answer 200 with the same X-Hook-Secret within 20 seconds',
      });
    }
    response.status(204).end();
  });

  router.post(`${one}/secret-key`, allowed, (request, response) => {
    const subscription = subscriptionOf(request);
    const live = webhooks.liveKeys(subscription);
    if (live.length >= mostLiveKeys) {
      throw unprocessable('TOO_MANY_SECRET_KEYS', `${mostLiveKeys} secret keys are in use`);
    }
    const secretKey = randomBytes(16).toString('base64url');
    const createdAt = world.now();
    subscription.secretKeys = [
      ...subscription.secretKeys
        .filter((row) => live.includes(row.secretKey))
        .map((row) => ({ ...row, replacedAt: row.replacedAt ?? createdAt })),
      { secretKey, createdAt, replacedAt: null },
    ];
    world.changed();
    response.status(201).json({ secretKey });
  });

  router.get(`${one}/secret-key`, allowed, (request, response) => {
    const last = subscriptionOf(request).secretKeys.at(-1);
    if (last === undefined) throw notFound('Secret key');
    response.json({ secretKey: last.secretKey });
  });

  router.get(`${one}/callbacks-log`, allowed, (request, response) => {
    const subscription = subscriptionOf(request);
    const callbackStatus = queryChoice({
      request,
      name: 'callbackStatus',
      choices: ['successful', 'failed'],
    });
    const after = queryTime(request, 'after');
    const before = queryTime(request, 'before');
    const rows = webhooks
      .log(subscription)
      .filter(
        ({ status, at }) =>
          (callbackStatus === undefined || status === callbackStatus) &&
          (after === undefined || at > after) &&
          (before === undefined || at < before),
      );
    const parameter = 'page_id';
    const page = pageOf({
      request,
      cursors,
      rows,
      defaultLimit: 10,
      parameter,
      newestFirst: true,
    });
    linkNextPage({ request, response, nextPageId: page.nextPageId, parameter });
    response.json(page.rows.map(callbackShape));
  });

  return router;
}
