import { createEventBuffer, createSession } from 'better-sse';
import { z } from 'zod';
import type { FeedEvent } from '../events.js';
import { defineRoute, type Route } from '../route.js';
import { base, orgParams, type RouteContext } from './organization.js';

/** A client that leaves this much unread is cut off; it resumes where it was. */
const unreadLimitBytes = 1_048_576;

const longestTimerMs = 2_147_483_647;

export function eventRoutes({ deps, feed }: RouteContext): Route[] {
  const { now, events } = deps;

  const stream = defineRoute({
    method: 'get',
    path: `${base}/events`,
    operationId: 'followEvents',
    summary: 'Changes as they happen: installation, role, interview, import, command, reset',
    tag: 'events',
    permission: 'read',
    params: orgParams,
    answers: {
      200: {
        description:
          '`data` is the resource. `Last-Event-ID` goes on where a stream ended; `reset` says ' +
          'that this was too long ago. The stream ends when its token expires.',
        schema: z.string(),
        contentType: 'text/event-stream',
      },
    },
    async handle({ caller, req, res }) {
      const waiting: FeedEvent[] = [];
      let write = (event: FeedEvent): void => void waiting.push(event);
      const end = () => void res.end();
      const { position, close } = await feed.open({
        orgId: caller.orgId,
        lastEventId: req.get('last-event-id') ?? null,
        stream: { send: (event) => write(event), end },
      });
      res.on('close', close);
      if (res.closed || req.destroyed) {
        close();
        return null;
      }

      const session = await createSession(req, res, {
        keepAlive: events.heartbeatMs,
        retry: 2_000,
        headers: { 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
      });
      const push = ({ kind, id, data }: FeedEvent): void => {
        if (!session.isConnected) return;
        if (res.writableLength > unreadLimitBytes) {
          end();
          return;
        }
        session.push(data, kind, id === null ? '' : String(id));
      };
      for (const event of waiting.splice(0)) push(event);
      if (position !== null && session.isConnected) {
        await session.batch(createEventBuffer().id(String(position)).dispatch());
      }
      write = push;
      for (const event of waiting.splice(0)) push(event);

      const leftMs = Math.max(0, caller.tokenExpiresAt - now());
      const expiry = setTimeout(end, Math.min(leftMs, longestTimerMs));
      res.on('close', () => clearTimeout(expiry));
      return null;
    },
  });

  return [stream];
}
