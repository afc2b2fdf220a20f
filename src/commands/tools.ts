/** The mimicked tools by the names people type; each is loaded when it is asked for. A new tool is one line here. */
import type {Tool} from '../core/base/tool.ts';

export const tools: ReadonlyMap<string, () => Promise<Tool>> = new Map<string, () => Promise<Tool>>([
  ['mailq', async () => (await import('./mailq.ts')).mailq],
  ['newaliases', async () => (await import('./newaliases.ts')).newaliases],
  ['postalias', async () => (await import('./postalias.ts')).postalias],
  ['postcat', async () => (await import('./postcat.ts')).postcat],
  ['postconf', async () => (await import('./postconf.ts')).postconf],
  ['postdrop', async () => (await import('./postdrop.ts')).postdrop],
  ['postfix', async () => (await import('./postfix.ts')).postfix],
  ['postkick', async () => (await import('./postkick.ts')).postkick],
  ['postlog', async () => (await import('./postlog.ts')).postlog],
  ['postmap', async () => (await import('./postmap.ts')).postmap],
  ['postqueue', async () => (await import('./postqueue.ts')).postqueue],
  ['postsuper', async () => (await import('./postsuper.ts')).postsuper],
  ['qshape', async () => (await import('./qshape.ts')).qshape],
  ['sendmail', async () => (await import('./sendmail.ts')).sendmail],
  ['doveconf', async () => (await import('./doveconf.ts')).doveconf],
  ['smtp-sink', async () => (await import('./smtp-sink.ts')).smtpSink],
  ['smtp-source', async () => (await import('./smtp-source.ts')).smtpSource],
]);
