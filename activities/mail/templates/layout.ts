/** Text and HTML of one mail, in handlebars; `render.ts` gives the values. */
export interface MailTemplate {
  subject: string;
  text: string;
  html: string;
}

/** The times as lines of a plain text. */
export const whenText = `When:
{{#each times}}
- {{this}}
{{/each}}`;

/** The times as a list. */
export const whenHtml = `<h2 style="font-size:18px;margin:24px 0 8px">When</h2>
<ul style="margin:0;padding-left:20px">
{{#each times}}
<li>{{this}}</li>
{{/each}}
</ul>`;

/**
 * A page that screen readers and small screens can take: one column, headings in order, no images,
 * dark text on white.
 */
export function htmlPage({ heading, body }: { heading: string; body: string }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${heading}</title>
</head>
<body style="margin:0;padding:0;background:#ffffff;color:#1f2933">
<main style="max-width:600px;margin:0 auto;padding:24px;font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:1.5">
<h1 style="font-size:22px;line-height:1.3;margin:0 0 16px">${heading}</h1>
${body}
<p style="margin:32px 0 0;padding-top:16px;border-top:1px solid #cbd2d9;font-size:14px;color:#52606d">You get this e-mail because of an interview in which you take part. <a href="{{unsubscribeUrl}}" style="color:#0b5394">Stop e-mails about notetakers</a></p>
</main>
</body>
</html>
`;
}

export const textFooter = `--
You get this e-mail because of an interview in which you take part.
Stop e-mails about notetakers: {{unsubscribeUrl}}
`;
