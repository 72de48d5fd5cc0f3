"""Draw device photos with exact defect masks: simulated pictures to train and test on."""
