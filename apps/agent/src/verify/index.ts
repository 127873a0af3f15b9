export { claimsOfShown, rangesOfShown } from './from-shown.ts';
export { recordedEnd, type Recorded, verifyRecorded } from './recorded.ts';
export { type AskModel, type ClaimsNow, verifyRunning } from './running.ts';
export { type ShownDifference, type ShownJudgement, type ShownMap, type ShownVerified, shownVerified } from './shown.ts';
export { isOnFuse } from './subject.ts';
export { Verdict, verdictOf, type VerdictName, type Verified, worst } from './verified.ts';
