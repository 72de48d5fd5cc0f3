// What the service answers, as far as the station page reads it; /docs.json has the whole of it.

interface ModelIdentity {
  name: string;
  version: string;
  sha256: string;
}

interface Decision {
  decision_id: string;
  decided_at: string;
  rma_id: string;
  disposition: string;
  destination: string;
  decided_by: string;
  because: string;
  gates: Gate[];
  expected_values: ExpectedValue[];
  runner_up: { disposition: string } | null;
  next_steps: string[];
  customer_text: string | null;
  condition: Condition | null;
  fraud: FraudScore;
  policy: PolicyIdentity;
  would_change: WouldChange[];
  /** Null where the return is in the policy's own currency. */
  own_currency: OwnCurrency | null;
  /** Left out where the photos told nothing. */
  photo_proof?: PhotoProof;
}

interface PhotoProof {
  numbers: { photo: number; kind: string; text: string; why: string }[];
  suspicions: { kind: string; photo: number; text: string }[];
}

interface OwnCurrency {
  currency: string;
  rate: number;
  rate_currency: string;
  as_of: string;
  source: string;
  table: string;
  refund_amount: number;
  expected_amounts: Record<string, number>;
}

interface PolicyIdentity extends ModelIdentity {
  /** The overrides that held for the channel, region or vendor of the return. */
  overrides: string[];
}

interface WouldChange {
  change: string;
  disposition: string;
  amount_difference: number;
  currency: string;
  text: string;
}

interface Gate {
  kind: string;
  state: "passed" | "restricted" | "decided";
  text: string;
  rule: string;
  forbidden: string[];
}

interface ExpectedValue {
  disposition: string;
  amount: number;
  currency: string;
  text: string;
}

interface Condition {
  grade: string | null;
  grade_probabilities: Record<string, number>;
  deciding_limit: string;
  abstain_reasons: string[];
  standards: Record<string, Standing | string>;
  assurance: Assurance | null;
  defects: DefectFinding[];
  photos: PhotoFinding[];
  model: ModelIdentity;
  /** Null where no photo that can be judged shows a device, and in decisions that earlier versions kept. */
  as_far_as_seen: AsFarAsSeen | null;
  /** Null where no further photo would better the grade, and in decisions that earlier versions kept. */
  next_photo: NextPhoto | null;
}

interface NextPhoto {
  view: string;
  gain: number;
}

interface AsFarAsSeen {
  grade: string;
  needs_person: boolean;
  assurance: Assurance | null;
}

interface Standing {
  grade: string;
  deciding_limit: string;
}

interface Assurance {
  least_probability: number;
  over_graded_at_most: number | null;
  under_graded_at_most: number | null;
  confidence: number | null;
  devices: number | null;
  measured_on: string | null;
}

/** Fractions of the upright photo. */
interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

interface DefectFinding {
  kind: string;
  surface: string;
  photo: number;
  probability: number;
  severity: string;
  box: Box;
  length_mm: number | null;
  length_sd_mm: number | null;
  area_mm2: number | null;
  group: string | null;
}

interface PhotoFinding {
  index: number;
  view: string;
  device_class: string | null;
  device_found: boolean;
  box: Box | null;
  quality: { ok: boolean; codes: string[]; instructions: string[] };
  defect_probabilities: Record<string, number>;
}

interface FraudScore {
  moment: string;
  probability: number;
  band: string;
  action: string;
  reasons: FraudReason[];
  missing_inputs: string[];
  model: ModelIdentity;
  /** What was found that asks for an action whatever the probability is. */
  floors: { finding: string; action: string; text: string }[];
  /** What the probability is made of; decisions of before it was told have none. */
  breakdown?: { base_probability: number; base: number; rest: number; log_odds: number } | null;
}

interface FraudReason {
  text: string;
  contribution: number;
}
