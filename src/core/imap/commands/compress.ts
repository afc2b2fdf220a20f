/** COMPRESS DEFLATE (RFC 4978): from the reply on both ways are compressed. */
import {fail} from '../argument.ts';
import {imapCommand} from '../command.ts';
import {DeflateWire} from '../deflate-wire.ts';
import {withTimes} from '../tagged-reply.ts';

export const compress = imapCommand({
  name: 'COMPRESS',
  parse(args) {
    const mechanism = args.expectAtom();
    if (!args.isAtEnd) fail('Invalid arguments.');
    return mechanism.toUpperCase();
  },
  run(session, mechanism, {tag}) {
    if (session.isCompressed) return 'NO [COMPRESSIONACTIVE] COMPRESSION already enabled.';
    if (mechanism !== 'DEFLATE') return 'NO Unknown compression mechanism.';
    const {line} = session;
    line.out.line(`${tag} ${withTimes('OK Begin compression.', 0, 0)}`);
    line.out.flush();
    line.restart(new DeflateWire(line.wire, line.input.takeRest()));
    session.isCompressed = true;
    return '';
  },
});
