//! An encoder of a third party, in two files: the network, and the configuration that initialises it.

mod sgc;
mod sgc_config;

pub use sgc::Sgc;
pub use sgc_config::SgcConfig;

#[cfg(test)]
mod tests {
    #[test]
    fn it_conforms() -> Result<(), String> {
        semst_gnn_encoders::testing::check_config::<super::SgcConfig>()
    }
}
