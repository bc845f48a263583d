//! Each model on each port that it is for.

/// `models! { Futex, Parking: one, two }` makes a test of each model on each port.
macro_rules! models {
    (@port $port:ident: $($model:ident),*) => {
        #[allow(non_snake_case, reason = "named after the port")]
        mod $port {
            $(
                #[test]
                fn $model() {
                    super::$model::<loom_tests::$port>();
                }
            )*
        }
    };
    (on Futex: $($model:ident),* $(,)?) => { models! { @port Futex: $($model),* } };
    (on Parking: $($model:ident),* $(,)?) => { models! { @port Parking: $($model),* } };
    (on ShortParking: $($model:ident),* $(,)?) => { models! { @port ShortParking: $($model),* } };
    (on LiveParking: $($model:ident),* $(,)?) => { models! { @port LiveParking: $($model),* } };
    ($($model:ident),* $(,)?) => {
        models! { on Futex: $($model),* }
        models! { on Parking: $($model),* }
    };
}
