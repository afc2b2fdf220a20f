/** index (RFC 5260 section 6): `:index` and `:last` pick one of several fields of a name. */
import {type Extension, tagGroup} from '../compile/language.ts';

export const indexTag = tagGroup({
  name: 'index',
  parameter: 'number',
  check(checker, {command}, {number = 0, place}) {
    const what = `the :index tag for the ${command.name} ${command.kind}`;
    return number > 0 || checker.error(place, `${what} cannot be zero`);
  },
});

export const lastTag = tagGroup({
  name: 'last',
  finish(checker, {command, tags}, {place}) {
    if (tags.some(({tag}) => tag.name === 'index')) return true;
    return checker.error(
      place,
      `the :last tag for the ${command.name} ${command.kind} cannot be specified without the :index tag`,
    );
  },
});

export const indexExtension: Extension = {
  name: 'index',
  tags: ['header', 'address', 'date'].flatMap(command => [[command, indexTag] as const, [command, lastTag] as const]),
};
