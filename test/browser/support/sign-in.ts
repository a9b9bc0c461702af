import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { orgId } from './fake-data.js';

export type Person = 'owner' | 'admin' | 'member';

/** Pillar's sign-in as the page meets it: another origin that answers with a token or 401. */
export interface SignIn {
  origin: string;
  tokenUrl: string;
  /** Who the visitor's cookie says they are; null: nobody. */
  person: Person | null;
  lifeSeconds: number;
  /** How many tokens it has given out. */
  issued: number;
  /** Claims of a token that this sign-in signed; rejects otherwise. */
  verify(token: string): Promise<{ org: string; role: string }>;
  close(): Promise<void>;
}

export async function startSignIn(): Promise<SignIn> {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { extractable: true });
  const keyId = (await exportJWK(publicKey)).x ?? '';
  const app = express();
  const server = createServer(app);
  const origin = await listen(server);

  const signIn: SignIn = {
    origin,
    tokenUrl: `${origin}/token`,
    person: 'owner',
    lifeSeconds: 300,
    issued: 0,
    verify: async (token) => {
      const { payload } = await jwtVerify(token, publicKey, { issuer: origin });
      return { org: String(payload.org), role: String(payload.role) };
    },
    close: () => closeServer(server),
  };

  app.get('/token', async (request, response) => {
    response.set({
      'access-control-allow-origin': request.headers.origin ?? '',
      'access-control-allow-credentials': 'true',
    });
    if (signIn.person === null) {
      response.status(401).end();
      return;
    }
    const token = await new SignJWT({ org: orgId, role: signIn.person })
      .setProtectedHeader({ alg: 'EdDSA', kid: keyId })
      .setSubject('user-1')
      .setIssuer(origin)
      .setExpirationTime(`${signIn.lifeSeconds}s`)
      .sign(privateKey);
    signIn.issued += 1;
    response.json({ token, expiresIn: signIn.lifeSeconds });
  });
  return signIn;
}

/** Listens on a free port of loopback; answers the origin. */
export async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
