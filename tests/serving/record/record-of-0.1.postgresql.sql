CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$BEGIN RAISE EXCEPTION 'the record is append-only'; END$$;
CREATE TABLE public.decisions (
    sequence integer NOT NULL,
    decision_id character varying(64) NOT NULL,
    rma_id character varying(64) NOT NULL,
    decided_at character varying(32) NOT NULL,
    disposition character varying(32) NOT NULL,
    destination character varying(32) NOT NULL,
    decided_by character varying(32) NOT NULL,
    grade character varying(1),
    fraud_probability double precision NOT NULL,
    fraud_action character varying(16) NOT NULL,
    needs_person boolean NOT NULL,
    receipt_to_decision_h double precision,
    refund_amount double precision NOT NULL,
    expected_amount double precision,
    currency character varying(3) NOT NULL,
    idempotency_key character varying(255),
    fingerprint character varying(64) NOT NULL,
    decision text NOT NULL,
    return_case text NOT NULL,
    photos text NOT NULL,
    sha256 character varying(64) NOT NULL
);
CREATE SEQUENCE public.decisions_sequence_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.decisions_sequence_seq OWNED BY public.decisions.sequence;
CREATE TABLE public.events (
    sequence integer NOT NULL,
    event_id character varying(64) NOT NULL,
    type character varying(32) NOT NULL,
    at character varying(32) NOT NULL,
    decision_id character varying(64) NOT NULL,
    data text NOT NULL
);
CREATE SEQUENCE public.events_sequence_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.events_sequence_seq OWNED BY public.events.sequence;
CREATE TABLE public.overrides (
    sequence integer NOT NULL,
    decision_id character varying(64) NOT NULL,
    at character varying(32) NOT NULL,
    person character varying(100) NOT NULL,
    second_person character varying(100),
    reason text NOT NULL,
    disposition character varying(32) NOT NULL,
    destination character varying(32) NOT NULL,
    sha256 character varying(64) NOT NULL
);
CREATE SEQUENCE public.overrides_sequence_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.overrides_sequence_seq OWNED BY public.overrides.sequence;
ALTER TABLE ONLY public.decisions ALTER COLUMN sequence SET DEFAULT nextval('public.decisions_sequence_seq'::regclass);
ALTER TABLE ONLY public.events ALTER COLUMN sequence SET DEFAULT nextval('public.events_sequence_seq'::regclass);
ALTER TABLE ONLY public.overrides ALTER COLUMN sequence SET DEFAULT nextval('public.overrides_sequence_seq'::regclass);
INSERT INTO public.decisions VALUES (1, 'dec-1', 'RMA-1', '2026-03-08T10:00:00.000000Z', 'restock', 'domestic_stock', 'value', 'A', 0.02, 'release', false, NULL, 600, 516.66, 'CAD', 'k', 'b23d2d0839299be7ef352525fc346b3386c033f6543e23b4c88d14f0eadcddc2', '{"because":"restock: 88.0% of CAD 600.00 less 9.00 cost and 2.34 for 3 days = CAD 516.66; CAD 45.68 more than refurbish.","condition":{"abstain_reasons":[],"assurance":null,"criteria":{},"deciding_limit":"none","defects":[],"grade":"A","grade_probabilities":{"A":1.0,"B":0.0,"C":0.0,"D":0.0,"E":0.0},"model":{"name":"condition","sha256":"0000000000000000000000000000000000000000000000000000000000000000","version":"0"},"photos":[{"box":null,"defect_probabilities":{"swelling":0.0},"device_class":"phone","device_found":true,"index":0,"perceptual_hash":null,"quality":{"codes":[],"instructions":[],"ok":true},"view":"front_off"}],"standards":{}},"customer_text":"We have received your return and are processing it.","decided_at":"2026-03-08T10:00:00Z","decided_by":"value","decision_id":"dec-1","destination":"domestic_stock","disposition":"restock","expected_values":[{"amount":516.66,"currency":"CAD","disposition":"restock","text":"restock: 88.0% of CAD 600.00 less 9.00 cost and 2.34 for 3 days = CAD 516.66"},{"amount":470.98,"currency":"CAD","disposition":"refurbish","text":"refurbish: 84.0% of CAD 600.00 less 26.00 cost and 7.02 for 9 days = CAD 470.98"},{"amount":384.52,"currency":"CAD","disposition":"repair","text":"repair: 82.0% of CAD 600.00 less 95.00 cost and 12.48 for 16 days = CAD 384.52"},{"amount":29.2,"currency":"CAD","disposition":"donate","text":"donate: 8.0% of CAD 600.00 less 11.00 cost and 7.80 for 10 days = CAD 29.20"},{"amount":6.4,"currency":"CAD","disposition":"recycle","text":"recycle: 4.0% of CAD 600.00 less 2.00 cost and 15.60 for 20 days = CAD 6.40"},{"amount":-17.46,"currency":"CAD","disposition":"destroy","text":"destroy: 0.0% of CAD 600.00 less 12.00 cost and 5.46 for 7 days = CAD -17.46"}],"fraud":{"action":"release","band":"low","missing_inputs":[],"model":{"name":"fraud","sha256":"1111111111111111111111111111111111111111111111111111111111111111","version":"0"},"moment":"T2","probability":0.02,"reasons":[],"review_priority":null,"rma_id":"RMA-1","typologies":[],"unusual":null},"gates":[{"forbidden":[],"kind":"battery","rule":"House rule 1: a damaged, defective or recalled battery is quarantined and never flies (49 CFR 173.185(f); ADR SP 376 and 377; TDG SP 137). A photo may raise suspicion, never clear it.","state":"passed","text":"A person saw no sign of a hazard, or there is no battery."},{"forbidden":[],"kind":"data","rule":"House rule 2: nothing is restocked, donated, returned to a vendor or exported while it may hold data (states after NIST SP 800-88 rev. 2; unknown counts as unevaluated).","state":"passed","text":"The data was purged."},{"forbidden":[],"kind":"lock_and_list","rule":"House rule 3: an activation lock, a stolen or lost listing, or open financing holds the device; unknown is looked up before the device leaves as reusable.","state":"passed","text":"Nothing known locks, lists or encumbers the device."},{"forbidden":[],"kind":"recall","rule":"House rule 4: a recalled or embargoed product does not go back on sale.","state":"passed","text":"No recall or embargo is known."},{"forbidden":[],"kind":"cross_border","rule":"House rule 5: used devices cross a border for reuse only with functional-test evidence and without data; anything else is e-waste and needs prior informed consent (Basel A1181 and Y49, since 1 January 2025).","state":"passed","text":"Every way open stays in CA."},{"forbidden":[],"kind":"fraud","rule":"House rule 6: a return above the review threshold waits for a person, above the hold threshold it is held.","state":"passed","text":"Fraud probability 0.02 (CAD 12.00 at stake): below the review threshold."},{"forbidden":[],"kind":"evidence","rule":"House rule 7: no device is restocked on a grade that nobody could see, or as something it is not.","state":"passed","text":"Verified, and graded A from photos."},{"forbidden":["return_to_vendor"],"kind":"condition","rule":"House rule 8: a device leaves only by a way that its grade, function and completeness allow.","state":"restricted","text":"Vendors take nothing back for the reason changed mind."}],"next_steps":["Relabel and put it into stock."],"policy":{"name":"house","sha256":"543b0458b441ec246de739fc5bcffb2814cc7bb12ec617cb354f80e114cbe262","version":"2"},"rma_id":"RMA-1","runner_up":{"amount":470.98,"currency":"CAD","disposition":"refurbish","text":"refurbish: 84.0% of CAD 600.00 less 26.00 cost and 7.02 for 9 days = CAD 470.98"}}', '{"as_of":"2026-03-08T10:00:00Z","history":null,"rma":{"account_created_at":null,"address_id":null,"category":null,"channel":"ecommerce_consumer","country":"CA","customer_id":null,"declared_grade":null,"delivered_at":null,"device_class":"phone","expected_accessories":null,"expected_imei":null,"expected_serial":null,"expected_weight_g":null,"first_reason":null,"has_receipt":null,"order_id":null,"ordered_at":null,"ownership":"owned","payment_id":null,"pickup_address_id":null,"reason":"changed_mind","requested_at":"2026-03-01T09:00:00Z","return_window_days":null,"rma_id":"RMA-1","sku":"PH-128","source_codes":[],"value":{"amount":600.0,"currency":"CAD"}},"scans":[],"verification":{"accessories":null,"battery_kind":"lithium_ion","battery_signs":["none_seen"],"functional":"F5","inspector":null,"list_status":"clean","lock":"off","observed_device_class":null,"observed_imei":null,"observed_serial":null,"outcome":"match","sanitisation":"purge","seal":"unknown","site":null,"verified_at":"2026-03-08T09:00:00Z","weight_g":null}}', '[{"index":0,"name":"front.jpg","sha256":"7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed","size_bytes":3},{"index":1,"name":"back.jpg","sha256":"3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3","size_bytes":3}]', 'a0cd30c1774ac1851a58b2f35e0c93f0f2305cf259fadf061c0057ad532d05c6');
INSERT INTO public.decisions VALUES (2, 'dec-2', 'RMA-2', '2026-03-08T10:00:00.000000Z', 'restock', 'domestic_stock', 'value', 'A', 0.02, 'release', false, NULL, 600, 516.66, 'CAD', NULL, '2c0679d9f7ee6ed4c7fcba4d0f58105e5f1d502b9f790d3179a1149ef98fa4d1', '{"because":"restock: 88.0% of CAD 600.00 less 9.00 cost and 2.34 for 3 days = CAD 516.66; CAD 45.68 more than refurbish.","condition":{"abstain_reasons":[],"assurance":null,"criteria":{},"deciding_limit":"none","defects":[],"grade":"A","grade_probabilities":{"A":1.0,"B":0.0,"C":0.0,"D":0.0,"E":0.0},"model":{"name":"condition","sha256":"0000000000000000000000000000000000000000000000000000000000000000","version":"0"},"photos":[{"box":null,"defect_probabilities":{"swelling":0.0},"device_class":"phone","device_found":true,"index":0,"perceptual_hash":null,"quality":{"codes":[],"instructions":[],"ok":true},"view":"front_off"}],"standards":{}},"customer_text":"We have received your return and are processing it.","decided_at":"2026-03-08T10:00:00Z","decided_by":"value","decision_id":"dec-2","destination":"domestic_stock","disposition":"restock","expected_values":[{"amount":516.66,"currency":"CAD","disposition":"restock","text":"restock: 88.0% of CAD 600.00 less 9.00 cost and 2.34 for 3 days = CAD 516.66"},{"amount":470.98,"currency":"CAD","disposition":"refurbish","text":"refurbish: 84.0% of CAD 600.00 less 26.00 cost and 7.02 for 9 days = CAD 470.98"},{"amount":384.52,"currency":"CAD","disposition":"repair","text":"repair: 82.0% of CAD 600.00 less 95.00 cost and 12.48 for 16 days = CAD 384.52"},{"amount":29.2,"currency":"CAD","disposition":"donate","text":"donate: 8.0% of CAD 600.00 less 11.00 cost and 7.80 for 10 days = CAD 29.20"},{"amount":6.4,"currency":"CAD","disposition":"recycle","text":"recycle: 4.0% of CAD 600.00 less 2.00 cost and 15.60 for 20 days = CAD 6.40"},{"amount":-17.46,"currency":"CAD","disposition":"destroy","text":"destroy: 0.0% of CAD 600.00 less 12.00 cost and 5.46 for 7 days = CAD -17.46"}],"fraud":{"action":"release","band":"low","missing_inputs":[],"model":{"name":"fraud","sha256":"1111111111111111111111111111111111111111111111111111111111111111","version":"0"},"moment":"T2","probability":0.02,"reasons":[],"review_priority":null,"rma_id":"RMA-1","typologies":[],"unusual":null},"gates":[{"forbidden":[],"kind":"battery","rule":"House rule 1: a damaged, defective or recalled battery is quarantined and never flies (49 CFR 173.185(f); ADR SP 376 and 377; TDG SP 137). A photo may raise suspicion, never clear it.","state":"passed","text":"A person saw no sign of a hazard, or there is no battery."},{"forbidden":[],"kind":"data","rule":"House rule 2: nothing is restocked, donated, returned to a vendor or exported while it may hold data (states after NIST SP 800-88 rev. 2; unknown counts as unevaluated).","state":"passed","text":"The data was purged."},{"forbidden":[],"kind":"lock_and_list","rule":"House rule 3: an activation lock, a stolen or lost listing, or open financing holds the device; unknown is looked up before the device leaves as reusable.","state":"passed","text":"Nothing known locks, lists or encumbers the device."},{"forbidden":[],"kind":"recall","rule":"House rule 4: a recalled or embargoed product does not go back on sale.","state":"passed","text":"No recall or embargo is known."},{"forbidden":[],"kind":"cross_border","rule":"House rule 5: used devices cross a border for reuse only with functional-test evidence and without data; anything else is e-waste and needs prior informed consent (Basel A1181 and Y49, since 1 January 2025).","state":"passed","text":"Every way open stays in CA."},{"forbidden":[],"kind":"fraud","rule":"House rule 6: a return above the review threshold waits for a person, above the hold threshold it is held.","state":"passed","text":"Fraud probability 0.02 (CAD 12.00 at stake): below the review threshold."},{"forbidden":[],"kind":"evidence","rule":"House rule 7: no device is restocked on a grade that nobody could see, or as something it is not.","state":"passed","text":"Verified, and graded A from photos."},{"forbidden":["return_to_vendor"],"kind":"condition","rule":"House rule 8: a device leaves only by a way that its grade, function and completeness allow.","state":"restricted","text":"Vendors take nothing back for the reason changed mind."}],"next_steps":["Relabel and put it into stock."],"policy":{"name":"house","sha256":"543b0458b441ec246de739fc5bcffb2814cc7bb12ec617cb354f80e114cbe262","version":"2"},"rma_id":"RMA-2","runner_up":{"amount":470.98,"currency":"CAD","disposition":"refurbish","text":"refurbish: 84.0% of CAD 600.00 less 26.00 cost and 7.02 for 9 days = CAD 470.98"}}', '{"as_of":"2026-03-08T10:00:00Z","history":null,"rma":{"account_created_at":null,"address_id":null,"category":null,"channel":"ecommerce_consumer","country":"CA","customer_id":null,"declared_grade":null,"delivered_at":null,"device_class":"phone","expected_accessories":null,"expected_imei":null,"expected_serial":null,"expected_weight_g":null,"first_reason":null,"has_receipt":null,"order_id":null,"ordered_at":null,"ownership":"owned","payment_id":null,"pickup_address_id":null,"reason":"changed_mind","requested_at":"2026-03-01T09:00:00Z","return_window_days":null,"rma_id":"RMA-2","sku":"PH-128","source_codes":[],"value":{"amount":600.0,"currency":"CAD"}},"scans":[],"verification":{"accessories":null,"battery_kind":"lithium_ion","battery_signs":["none_seen"],"functional":"F5","inspector":null,"list_status":"clean","lock":"off","observed_device_class":null,"observed_imei":null,"observed_serial":null,"outcome":"match","sanitisation":"purge","seal":"unknown","site":null,"verified_at":"2026-03-08T09:00:00Z","weight_g":null}}', '[{"index":0,"name":"front.jpg","sha256":"7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed","size_bytes":3},{"index":1,"name":"back.jpg","sha256":"3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3","size_bytes":3}]', 'c656101108ecea116791a4720f57f33713ddaebd08d67961d0a58a91d90875b0');
INSERT INTO public.events VALUES (1, 'evt-1', 'decision.made', '2026-03-08T10:00:00.000000Z', 'dec-1', '{"destination":"domestic_stock","disposition":"restock"}');
INSERT INTO public.events VALUES (2, 'evt-2', 'decision.overridden', '2026-03-08T11:00:00.000000Z', 'dec-1', '{"destination":"repair_centre","disposition":"repair","person":"ana","reason":"screen flickers"}');
INSERT INTO public.events VALUES (3, 'evt-3', 'decision.made', '2026-03-08T10:00:00.000000Z', 'dec-2', '{"destination":"domestic_stock","disposition":"restock"}');
INSERT INTO public.overrides VALUES (1, 'dec-1', '2026-03-08T11:00:00.000000Z', 'ana', NULL, 'screen flickers', 'repair', 'repair_centre', '18e431905f0a116d4c2715aea0f5ad979162de1f7cb76de8711bbb46f4714fd8');
SELECT pg_catalog.setval('public.decisions_sequence_seq', 2, true);
SELECT pg_catalog.setval('public.events_sequence_seq', 3, true);
SELECT pg_catalog.setval('public.overrides_sequence_seq', 1, true);
ALTER TABLE ONLY public.decisions
    ADD CONSTRAINT decisions_decision_id_key UNIQUE (decision_id);
ALTER TABLE ONLY public.decisions
    ADD CONSTRAINT decisions_idempotency_key_key UNIQUE (idempotency_key);
ALTER TABLE ONLY public.decisions
    ADD CONSTRAINT decisions_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_event_id_key UNIQUE (event_id);
ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY public.overrides
    ADD CONSTRAINT overrides_pkey PRIMARY KEY (sequence);
CREATE INDEX decisions_by_rma ON public.decisions USING btree (rma_id);
CREATE INDEX decisions_for_people ON public.decisions USING btree (needs_person, sequence);
CREATE INDEX overrides_by_decision ON public.overrides USING btree (decision_id, sequence);
CREATE TRIGGER decisions_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.decisions FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER events_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.events FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER overrides_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.overrides FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_decision_id_fkey FOREIGN KEY (decision_id) REFERENCES public.decisions(decision_id);
ALTER TABLE ONLY public.overrides
    ADD CONSTRAINT overrides_decision_id_fkey FOREIGN KEY (decision_id) REFERENCES public.decisions(decision_id);
