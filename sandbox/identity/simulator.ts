import express, { type Express, type Response } from 'express';
import { z } from 'zod';
import { listen } from '../listen.js';
import { loopbackOnly, loopbackUrl } from './loopback.js';
import { signInPage } from './page.js';
import { type Person, peopleOf } from './people.js';
import { createSessions, type Sessions } from './sessions.js';
import { openSigningKey } from './signing-key.js';
import { signToken, type TokenIssuer, type TokenRequest, tokenFaults } from './tokens.js';

export interface IdentitySimulatorOptions {
  port?: number | undefined;
  /** Where the signing key outlives a restart; absent: a new key each time. */
  keyFile?: string | undefined;
  /** Default: an Owner, an Admin and a Member of each organization. */
  people?: Person[] | undefined;
  /** `org-demo` and `org-other` unless given; of no effect with `people`. */
  organizations?: string[] | undefined;
  /** The simulator's URL unless given. */
  issuer?: string | undefined;
  audience?: string | undefined;
  /** Life of a visitor's token, 900 unless given. */
  tokenSeconds?: number | undefined;
  /**
   * A visitor without a cookie is the first person (the first organization's Owner), so that the
   * demonstration's page works at once. True unless given; who has signed out stays signed out.
   */
  signInByDefault?: boolean | undefined;
}

export interface IdentitySimulator {
  url: string;
  issuer: string;
  audience: string;
  /** For PILLAR_JWKS_URL. */
  jwksUrl: string;
  /** For PILLAR_TOKEN_URL. */
  tokenUrl: string;
  people: Person[];
  issueToken(request: TokenRequest): Promise<string>;
  close(): Promise<void>;
}

const controlBody = z.strictObject({
  orgId: z.string().min(1),
  role: z.enum(['owner', 'admin', 'member']),
  subject: z.string().min(1).optional(),
  name: z.string().optional(),
  expiresInSeconds: z.int().optional(),
  fault: z.enum(tokenFaults).optional(),
});

function routesOf(input: {
  app: Express;
  people: Person[];
  sessions: Sessions;
  from: () => TokenIssuer;
}): void {
  const { app, people, sessions, from } = input;
  const back = (response: Response, body: unknown) => {
    const target = typeof body === 'object' && body !== null && 'return' in body ? body.return : '';
    response.redirect(303, loopbackUrl(target)?.href ?? '/');
  };

  app.get('/.well-known/jwks.json', (_request, response) => {
    response.set('cache-control', 'public, max-age=60').json({ keys: [from().key.publicJwk] });
  });
  app.use(loopbackOnly);
  app.use(express.urlencoded({ extended: false }));
  app.use(express.json());

  app.get('/', async (request, response) => {
    response
      .set({
        'cache-control': 'no-store',
        'content-security-policy':
          "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'none'; " +
          "form-action 'self' http://127.0.0.1:* http://localhost:*",
      })
      .type('html')
      .send(
        signInPage({
          people,
          visitor: await sessions.visitor(request),
          returnTo: loopbackUrl(request.query.return),
        }),
      );
  });
  app.post('/session', async (request, response) => {
    const body: unknown = request.body;
    const subject = typeof body === 'object' && body && 'subject' in body ? body.subject : null;
    const person = people.find((one) => one.subject === subject);
    if (person === undefined) {
      response.status(422).json({ code: 'unknown_person' });
      return;
    }
    await sessions.signIn(response, person);
    back(response, body);
  });
  app.post('/session/sign-out', (request, response) => {
    sessions.signOut(response);
    back(response, request.body);
  });
  app.get('/session/token', async (request, response) => {
    response.set('cache-control', 'no-store');
    const person = await sessions.visitor(request);
    if (person === null) {
      response.status(401).json({ code: 'unauthorized' });
      return;
    }
    response.json({
      token: await signToken(from(), person),
      expiresIn: from().tokenSeconds,
    });
  });
  app.post('/_control/tokens', async (request, response) => {
    const parsed = request.is('application/json') ? controlBody.safeParse(request.body) : null;
    if (parsed === null || !parsed.success) {
      response.status(422).json({ code: 'invalid_request' });
      return;
    }
    response.json({
      token: await signToken(from(), parsed.data),
      expiresIn: parsed.data.expiresInSeconds ?? from().tokenSeconds,
    });
  });
}

/** Starts a stand-in for Pillar's sign-in: people to choose from, tokens, and the keys to check them. */
export async function startIdentitySimulator(
  options: IdentitySimulatorOptions = {},
): Promise<IdentitySimulator> {
  const key = await openSigningKey({ keyFile: options.keyFile });
  const organizations = options.organizations ?? ['org-demo', 'org-other'];
  const people = options.people ?? peopleOf({ organizations });
  const sessions = createSessions({
    key,
    people,
    signInByDefault: options.signInByDefault ?? true,
  });
  const from: TokenIssuer = {
    issuer: options.issuer ?? '',
    audience: options.audience ?? 'pillar-smartrecruiters',
    key,
    tokenSeconds: options.tokenSeconds ?? 900,
  };
  const app = express();
  app.disable('x-powered-by');
  routesOf({ app, people, sessions, from: () => from });
  const server = await listen({ app, port: options.port });
  from.issuer ||= server.url;
  return {
    url: server.url,
    issuer: from.issuer,
    audience: from.audience,
    jwksUrl: `${server.url}/.well-known/jwks.json`,
    tokenUrl: `${server.url}/session/token`,
    people,
    issueToken: (request) => signToken(from, request),
    close: () => server.close(),
  };
}
