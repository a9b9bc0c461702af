/** What one credential did at one endpoint. */
export interface EndpointStatistics {
  /** Method and path with ids blanked, as in `GET /jobs/{id}`. */
  endpoint: string;
  /** The client id, or null for requests that named none that exists. */
  clientId: string | null;
  count: number;
  /** When the last request arrived (epoch ms, the simulator's clock). */
  lastAt: number;
  /** Answers by status; requests without an answer (hang, reset) are missing here. */
  statuses: Record<string, number>;
}

export interface CredentialStatistics {
  clientId: string;
  count: number;
  lastAt: number;
  /** 429s earned by going over a limit; injected ones are not in here. */
  rateLimitedCount: number;
  /** The most requests ever in flight at once, refused ones included. */
  maxInFlight: number;
  maxCandidatesListsInFlight: number;
  /** The most requests that arrived within one simulated second, refused ones included. */
  maxPerSecond: number;
}

export interface SimulatorStatistics {
  /** All requests to the simulated API, the token endpoint included, controls excluded. */
  count: number;
  lastAt: number | null;
  rateLimitedCount: number;
  injectedFaultCount: number;
  /** Visits to the page that `redirect` faults point to. */
  redirectsFollowed: number;
  /** Those of them that carried an `Authorization` header. */
  redirectsFollowedWithBearer: number;
  credentials: CredentialStatistics[];
  endpoints: EndpointStatistics[];
}

interface CredentialCount extends CredentialStatistics {
  arrivalsMs: number[];
}

const idSegment = /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{24})$/i;

/** `GET /jobs/{id}` for `GET` and `/jobs/5d0e...`. */
export function endpointName(options: { method: string; path: string }): string {
  const path = options.path
    .split('/')
    .map((segment) => (idSegment.test(segment) ? '{id}' : segment))
    .join('/');
  return `${options.method} ${path}`;
}

/** Counts requests in memory; a restart of the simulator starts again from zero. */
export class Statistics {
  private readonly now: () => number;
  private readonly secondMs: number;
  private readonly credentials = new Map<string, CredentialCount>();
  private readonly endpoints = new Map<string, EndpointStatistics>();
  private injectedFaultCount = 0;
  private redirectsFollowed = 0;
  private redirectsFollowedWithBearer = 0;

  constructor(options: { now: () => number; timeFactor: number }) {
    this.now = options.now;
    this.secondMs = 1_000 / options.timeFactor;
  }

  /** Notes an arrival and answers the row to which its status belongs later. */
  arrived(options: { endpoint: string; clientId: string | null }): EndpointStatistics {
    const { endpoint, clientId } = options;
    const key = `${clientId ?? ''} ${endpoint}`;
    const row = this.endpoints.get(key) ?? {
      endpoint,
      clientId,
      count: 0,
      lastAt: 0,
      statuses: {},
    };
    row.count += 1;
    row.lastAt = this.now();
    this.endpoints.set(key, row);
    if (clientId !== null) {
      const credential = this.credential(clientId);
      credential.count += 1;
      credential.lastAt = row.lastAt;
    }
    return row;
  }

  /** Notes the load that a credential put on the resource endpoints. */
  loaded(options: {
    clientId: string;
    admitted: boolean;
    inFlight: number;
    candidatesListsInFlight: number;
  }): void {
    const row = this.credential(options.clientId);
    if (!options.admitted) row.rateLimitedCount += 1;
    row.maxInFlight = Math.max(row.maxInFlight, options.inFlight);
    row.maxCandidatesListsInFlight = Math.max(
      row.maxCandidatesListsInFlight,
      options.candidatesListsInFlight,
    );
    const nowMs = performance.now();
    while ((row.arrivalsMs[0] ?? nowMs) <= nowMs - this.secondMs) row.arrivalsMs.shift();
    row.arrivalsMs.push(nowMs);
    row.maxPerSecond = Math.max(row.maxPerSecond, row.arrivalsMs.length);
  }

  answered(options: { row: EndpointStatistics; status: number }): void {
    const { row, status } = options;
    row.statuses[status] = (row.statuses[status] ?? 0) + 1;
  }

  faultInjected(): void {
    this.injectedFaultCount += 1;
  }

  redirectFollowed(options: { withBearer: boolean }): void {
    this.redirectsFollowed += 1;
    if (options.withBearer) this.redirectsFollowedWithBearer += 1;
  }

  /** All counts, or those of one credential. */
  read(options: { clientId: string | undefined }): SimulatorStatistics {
    const mine = (row: { clientId: string | null }): boolean =>
      options.clientId === undefined || row.clientId === options.clientId;
    const endpoints = [...this.endpoints.values()].filter(mine);
    const credentials = [...this.credentials.values()]
      .filter(mine)
      .map(({ arrivalsMs: _arrivalsMs, ...row }) => row);
    return {
      count: endpoints.reduce((sum, row) => sum + row.count, 0),
      lastAt: endpoints.length === 0 ? null : Math.max(...endpoints.map((row) => row.lastAt)),
      rateLimitedCount: credentials.reduce((sum, row) => sum + row.rateLimitedCount, 0),
      injectedFaultCount: this.injectedFaultCount,
      redirectsFollowed: this.redirectsFollowed,
      redirectsFollowedWithBearer: this.redirectsFollowedWithBearer,
      credentials,
      endpoints: endpoints.map((row) => ({ ...row, statuses: { ...row.statuses } })),
    };
  }

  reset(): void {
    this.credentials.clear();
    this.endpoints.clear();
    this.injectedFaultCount = 0;
    this.redirectsFollowed = 0;
    this.redirectsFollowedWithBearer = 0;
  }

  private credential(clientId: string): CredentialCount {
    const row = this.credentials.get(clientId) ?? {
      clientId,
      count: 0,
      lastAt: 0,
      rateLimitedCount: 0,
      maxInFlight: 0,
      maxCandidatesListsInFlight: 0,
      maxPerSecond: 0,
      arrivalsMs: [],
    };
    this.credentials.set(clientId, row);
    return row;
  }
}
