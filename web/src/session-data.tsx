import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { applyEvent } from './api/cache.js';
import { createClient } from './api/client.js';
import { ApiContext } from './api/context.js';
import { followEvents, type LiveStatus } from './api/events.js';
import { ApiProblem } from './api/problem.js';
import type { Identity, Session } from './api/session.js';

/** The caches of one signed-in person, kept current by the event stream. */
export function SessionData(props: { session: Session; identity: Identity; children: ReactNode }) {
  const { session, identity, children } = props;
  const [live, setLive] = useState<LiveStatus>('connecting');
  const [cache] = useState(createCache);
  const client = useMemo(
    () => createClient({ session, orgId: identity.orgId }),
    [session, identity.orgId],
  );

  useEffect(() => {
    const leaving = new AbortController();
    void followEvents({
      url: `${client.base}/events`,
      session,
      signal: leaving.signal,
      onEvent: (event) => applyEvent(cache, event),
      // What changed between the first reading and a stream that starts afresh is in neither.
      onOpen: ({ resumed }) => {
        if (!resumed) void cache.invalidateQueries();
      },
      onStatus: setLive,
    });
    return () => leaving.abort();
  }, [cache, client, session]);

  const value = useMemo(() => ({ client, identity, live }), [client, identity, live]);
  return (
    <QueryClientProvider client={cache}>
      <ApiContext value={value}>{children}</ApiContext>
    </QueryClientProvider>
  );
}

function createCache(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 60_000,
        retry: (count, error) => count < 2 && mayPass(error),
      },
    },
  });
}

/** A refusal stays one however often it is asked again; an outage may pass. */
function mayPass(error: Error): boolean {
  return !(error instanceof ApiProblem) || error.status === 0 || error.status >= 500;
}
