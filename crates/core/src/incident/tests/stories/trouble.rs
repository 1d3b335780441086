//! The world changes under an incident: a clock that jumps back, things that are gone.

use insta::assert_snapshot;

use super::{CAST, play};

#[test]
fn a_clock_that_jumps_back_loses_nothing() {
    let script = r#"
        03:12 alert "High error rate" sev1
        03:14
        02:14 (down)
        due
        03:18
    "#;
    assert_snapshot!(play(CAST, script), @"");
}

#[test]
fn a_service_that_loses_its_policy_keeps_the_one_it_had() {
    let script = r#"
        03:12 alert "High error rate" sev1
        Ana resolves
        now service Checkout:
        Ana reopens
    "#;
    assert_snapshot!(play(CAST, script), @"");
}
