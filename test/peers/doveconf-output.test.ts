/** What doveconf shows, beside the original. */
import {doveconfSuites} from '../support/doveconf-beside.ts';
import {showingCases} from './doveconf-cases.ts';

suite('doveconf beside the original: showing', () => doveconfSuites(showingCases));
