import type { Response } from 'express';

/** A page with a message and at most one button, for people who followed a link of a mail. */
export interface LinkPage {
  title: string;
  /** One paragraph each. */
  paragraphs: string[];
  button: null | {
    label: string;
    /** Where the form posts to; null: to the page itself. */
    action: string | null;
  };
}

/** Also says to crawlers that there is nothing for them. */
export const linkPageHeaders = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex, nofollow',
} as const;

/** Writes the page; the address of the page is a secret and goes nowhere else. */
export function sendLinkPage(
  res: Response,
  {
    status,
    page,
    headers = {},
  }: { status: number; page: LinkPage; headers?: Record<string, string> },
): void {
  res
    .status(status)
    .set({ ...linkPageHeaders, ...headers })
    .type('html')
    .send(linkPageHtml(page));
}

/** Without scripts and styles from elsewhere: it works in every mail program's browser. */
export function linkPageHtml({ title, paragraphs, button }: LinkPage): string {
  const form =
    button === null
      ? ''
      : `<form method="post"${button.action === null ? '' : ` action="${escaped(button.action)}"`}>
<button type="submit" style="padding:10px 16px;font-size:16px;border:0;border-radius:4px;background:#0b5394;color:#ffffff">${escaped(button.label)}</button>
</form>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escaped(title)}</title>
</head>
<body style="margin:0;background:#ffffff;color:#1f2933">
<main style="max-width:600px;margin:0 auto;padding:32px 24px;font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:1.5">
<h1 style="font-size:24px;line-height:1.3;margin:0 0 16px">${escaped(title)}</h1>
${paragraphs.map((text) => `<p style="margin:0 0 16px">${escaped(text)}</p>`).join('\n')}
${form}
</main>
</body>
</html>
`;
}

function escaped(text: string): string {
  const names: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => names[character] ?? '');
}
