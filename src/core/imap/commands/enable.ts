/** ENABLE (RFC 5161): CONDSTORE and QRESYNC (RFC 7162); what is unknown is left out of the answer. */
import {imapCommand} from '../command.ts';

export const enable = imapCommand({
  name: 'ENABLE',
  parse(args) {
    const names: string[] = [];
    while (!args.isAtEnd) names.push(args.expectAtom().toUpperCase());
    return names;
  },
  run(session, names) {
    const enabled: string[] = [];
    for (const name of names) {
      if (name === 'CONDSTORE') session.enableCondstore();
      else if (name === 'QRESYNC') {
        session.enableCondstore();
        session.hasQresync = true;
      } else continue;
      enabled.push(name);
    }
    if (enabled.length > 0) session.line.out.line(`* ENABLED ${enabled.join(' ')}`);
    return 'OK Enabled.';
  },
});
