import * as openid from 'openid-client';
import {
  isSmartRecruitersError,
  kindOfStatus,
  reasonOfNetworkError,
  SmartRecruitersError,
} from './errors.js';

export interface ClientCredential {
  clientId: string;
  clientSecret: string;
}

export interface TokenSource {
  /**
   * A bearer token with life left. Renews at 80 % of the life; all callers share one renewal. Throws
   * `SmartRecruitersError`: `auth` when the credential is refused, else `throttled` or `unavailable`.
   * A refusal holds for 5 s without asking again, so that many callers cost one request.
   */
  current(): Promise<string>;
  /** Says that the API refused this token with 401: the next `current()` asks for another one. */
  refuse(token: string): void;
}

const tokenPath = '/identity/oauth/token';
const renewAtShareOfLife = 0.8;
/** For an answer without `expires_in` (dossier section 1.3). */
const assumedLifeSeconds = 25 * 60;
const timeoutSeconds = 30;
const refusalHoldsMs = 5_000;

/**
 * Tokens of one credential by the client credentials grant: form body, no `scope` parameter, since
 * the scopes are fixed on the credential (dossier section 1.2).
 */
export function createTokenSource(options: {
  apiUrl: string;
  credential: ClientCredential;
  fetch?: typeof globalThis.fetch;
  now?: () => number;
}): TokenSource {
  const now = options.now ?? Date.now;
  let token: { value: string; renewAt: number; endsAt: number } | null = null;
  let renewal: Promise<string> | null = null;
  let refusal: { error: SmartRecruitersError; at: number } | null = null;

  async function renew(): Promise<string> {
    const askedAt = now();
    try {
      const granted = await requestToken(options);
      const lifeMs = (granted.lifeSeconds ?? assumedLifeSeconds) * 1_000;
      token = {
        value: granted.value,
        renewAt: askedAt + lifeMs * renewAtShareOfLife,
        endsAt: askedAt + lifeMs,
      };
      return token.value;
    } catch (error) {
      const refused = isSmartRecruitersError(error, 'auth');
      if (refused) refusal = { error, at: now() };
      // While the vendor cannot renew, the rest of the life is still good.
      if (!refused && token !== null && now() < token.endsAt) return token.value;
      token = null;
      throw error;
    }
  }

  return {
    async current() {
      if (token !== null && now() < token.renewAt) return token.value;
      // By its age, which a clock that was set back makes negative.
      const age = refusal === null ? -1 : now() - refusal.at;
      if (refusal !== null && age >= 0 && age < refusalHoldsMs) throw refusal.error;
      renewal ??= renew().finally(() => {
        renewal = null;
      });
      return await renewal;
    },
    refuse(refused) {
      // A token that was renewed meanwhile is not the refused one.
      if (token?.value === refused) token = null;
    },
  };
}

async function requestToken(options: {
  apiUrl: string;
  credential: ClientCredential;
  fetch?: typeof globalThis.fetch;
}): Promise<{ value: string; lifeSeconds: number | null }> {
  const tokenUrl = new URL(tokenPath, options.apiUrl);
  const configuration = new openid.Configuration(
    { issuer: tokenUrl.origin, token_endpoint: tokenUrl.href },
    options.credential.clientId,
    {},
    openid.ClientSecretPost(options.credential.clientSecret),
  );
  configuration.timeout = timeoutSeconds;
  if (isLoopback(tokenUrl)) openid.allowInsecureRequests(configuration);
  const fetchNow = options.fetch ?? globalThis.fetch;
  let status: number | null = null;
  let networkError: unknown = null;
  configuration[openid.customFetch] = async (url, init) => {
    try {
      const response = await fetchNow(url, init as RequestInit);
      status = response.status;
      return response;
    } catch (error) {
      networkError = error;
      throw error;
    }
  };
  try {
    const answer = await openid.clientCredentialsGrant(configuration);
    const lifeSeconds = answer.expires_in;
    return {
      value: answer.access_token,
      lifeSeconds: typeof lifeSeconds === 'number' && lifeSeconds > 0 ? lifeSeconds : null,
    };
  } catch {
    throw tokenError(status, networkError);
  }
}

/** Built from the status alone: the library's errors hold the body and the request. */
function tokenError(status: number | null, networkError: unknown): SmartRecruitersError {
  const endpoint = 'token';
  if (status === null) {
    const reason = reasonOfNetworkError(networkError);
    return new SmartRecruitersError({ kind: 'unavailable', endpoint, reason });
  }
  if (status === 400 || status === 401) {
    return new SmartRecruitersError({ kind: 'auth', endpoint, status });
  }
  const kind = kindOfStatus(status) === 'throttled' ? 'throttled' : 'unavailable';
  return new SmartRecruitersError({ kind, endpoint, status });
}

/** Plain http is for a simulator on this machine only. */
export function isLoopback(url: URL): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
}
