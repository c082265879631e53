//! An encoder that somebody else wrote, in two files: the network, and the configuration that starts it.

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
