import type { MailTemplate } from './layout.js';

/** To the people whom the settings name; no candidate or interviewer is in it. */
export const alertTemplate: MailTemplate = {
  subject: '{{title}}{{#if jobTitle}}: {{jobTitle}}{{/if}}',
  text: `{{title}}.
{{#if when}}

Interview{{#if jobTitle}} for {{jobTitle}}{{/if}}: {{when}}
{{/if}}

What happened:
{{whatHappened}}

What to do:
{{whatToDo}}
{{#if sendNowUrl}}

Send it now: {{sendNowUrl}}
Keep it out: {{skipUrl}}
{{/if}}

Settings and interviews: {{pageUrl}}

--
You get this e-mail because the settings of the SmartRecruiters integration name you for alerts.
`,
  html: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{title}}</title>
</head>
<body style="margin:0;padding:0;background:#ffffff;color:#1f2933">
<main style="max-width:600px;margin:0 auto;padding:24px;font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:1.5">
<h1 style="font-size:22px;line-height:1.3;margin:0 0 16px">{{title}}</h1>
{{#if when}}
<p style="margin:0">Interview{{#if jobTitle}} for {{jobTitle}}{{/if}}: {{when}}</p>
{{/if}}
<h2 style="font-size:18px;margin:24px 0 8px">What happened</h2>
<p style="margin:0">{{whatHappened}}</p>
<h2 style="font-size:18px;margin:24px 0 8px">What to do</h2>
<p style="margin:0">{{whatToDo}}</p>
{{#if sendNowUrl}}
<p style="margin:24px 0 0"><a href="{{sendNowUrl}}" style="display:inline-block;padding:10px 16px;background:#0b5394;color:#ffffff;text-decoration:none">Send it now</a></p>
<p style="margin:12px 0 0"><a href="{{skipUrl}}" style="color:#0b5394">Keep it out of this interview</a></p>
{{/if}}
<p style="margin:24px 0 0"><a href="{{pageUrl}}" style="color:#0b5394">Settings and interviews</a></p>
<p style="margin:32px 0 0;padding-top:16px;border-top:1px solid #cbd2d9;font-size:14px;color:#52606d">You get this e-mail because the settings of the SmartRecruiters integration name you for alerts.</p>
</main>
</body>
</html>
`,
};
