import express, { type Express } from 'express';
import { z } from 'zod';
import type { FailureList } from './failures.js';
import type { Mailbox } from './mailbox.js';
import { mailPage } from './page.js';

const failure = z.strictObject({
  code: z.union([z.literal(550), z.literal(451), z.literal(421)]),
  at: z.enum(['recipient', 'data', 'after_data']).optional(),
  times: z.int().min(1).optional(),
  recipient: z.string().optional(),
});

/** The page for people, `GET /api/messages`, and the controls under `/_control`. */
export function createMailWeb(input: { mailbox: Mailbox; failures: FailureList }): Express {
  const { mailbox, failures } = input;
  const app = express();
  app.disable('x-powered-by');
  app.use(express.json());
  app.get('/', (_request, response) => {
    response.type('html').send(mailPage);
  });
  app.get('/api/messages', (_request, response) => {
    response.json({ items: mailbox.all() });
  });
  app.get('/messages/:id/html', (request, response) => {
    const mail = mailbox.all().find((one) => one.id === request.params.id);
    if (mail === undefined || mail.html === null) {
      response.status(404).json({ code: 'not_found' });
      return;
    }
    response
      .set(
        'content-security-policy',
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; " +
          'sandbox allow-popups allow-popups-to-escape-sandbox',
      )
      .type('html')
      .send(`<base target="_blank">${mail.html}`);
  });
  app.post('/_control/fail', (request, response) => {
    const parsed = request.is('application/json') ? failure.safeParse(request.body) : null;
    if (parsed === null || !parsed.success) {
      response.status(422).json({ code: 'invalid_request' });
      return;
    }
    failures.add(parsed.data);
    response.status(204).end();
  });
  app.post('/_control/clear', (request, response) => {
    if (!request.is('application/json')) {
      response.status(422).json({ code: 'invalid_request' });
      return;
    }
    mailbox.clear();
    failures.clear();
    response.status(204).end();
  });
  return app;
}
